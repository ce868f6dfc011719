/**
 * System calls by number, and what the jail does with them. Data only.
 *
 * Source: Linux 6.12, arch/x86/entry/syscalls/syscall_64.tbl for x86-64 and scripts/syscall.tbl (which
 * is include/uapi/asm-generic/unistd.h) for arm64. Numbers never change once they are given.
 */

/** Numbers on x86-64 and on arm64, `none` where an architecture lacks the call. */
export type CallNumbers = readonly [x86: number, arm: number];

const none = -1;

/** Numbers from here on are of calls that were made after this table: they do not exist here. */
export const firstUnknownCall = 463;

/** What serving takes, allowed before anything else is looked at: this is where the time goes. */
export const frequentCalls: Readonly<Record<string, CallNumbers>> = {
  accept4: [288, 242],
  sendto: [44, 206],
  recvfrom: [45, 207],
  close: [3, 57],
  epoll_wait: [232, none],
  epoll_pwait: [281, 22],
  epoll_ctl: [233, 21],
  futex: [202, 98],
  read: [0, 63],
  write: [1, 64],
  pwrite64: [18, 68],
  fdatasync: [75, 83],
};

/** Calls that the filter looks into. */
export const judgedCalls = {
  clone: [56, 220],
  clone3: [435, 435],
  ioctl: [16, 29],
  fcntl: [72, 25],
  utimensat: [280, 88],
  unlinkat: [263, 35],
  seccomp: [317, 277],
} as const satisfies Record<string, CallNumbers>;

/**
 * Calls whose first argument is a process: allowed for this one only, which signals itself when it
 * aborts. tkill names a thread, by which C libraries before glibc 2.34 signalled themselves: of the
 * threads the main one has the number of the process.
 */
export const processCalls = {
  kill: [62, 129],
  tkill: [200, 130],
  tgkill: [234, 131],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  prlimit64: [302, 261],
} as const satisfies Record<string, CallNumbers>;

/** The group of calls that are refused only where something was given up: see FileNames. */
export const fileNameGroup = 'files by name';

/** Refused with EPERM, whatever their arguments are. */
export const refusedCalls: Readonly<Record<string, Readonly<Record<string, CallNumbers>>>> = {
  'new processes': {
    fork: [57, none],
    vfork: [58, none],
    execve: [59, 221],
    execveat: [322, 281],
  },
  'new ways out': {
    socket: [41, 198],
    connect: [42, 203],
    bind: [49, 200],
    shmget: [29, 194],
    semget: [64, 190],
    msgget: [68, 186],
    mq_open: [240, 180],
  },
  'other processes': {
    ptrace: [101, 117],
    process_vm_readv: [310, 270],
    process_vm_writev: [311, 271],
    process_madvise: [440, 440],
    process_mrelease: [448, 448],
    kcmp: [312, 272],
    pidfd_open: [434, 434],
    pidfd_getfd: [438, 438],
    pidfd_send_signal: [424, 424],
    move_pages: [279, 239],
    migrate_pages: [256, 238],
  },
  'file systems': {
    mount: [165, 40],
    umount2: [166, 39],
    pivot_root: [155, 41],
    chroot: [161, 51],
    open_tree: [428, 428],
    move_mount: [429, 429],
    fsopen: [430, 430],
    fsconfig: [431, 431],
    fsmount: [432, 432],
    fspick: [433, 433],
    mount_setattr: [442, 442],
    statmount: [457, 457],
    listmount: [458, 458],
    swapon: [167, 224],
    swapoff: [168, 225],
    quotactl: [179, 60],
    quotactl_fd: [443, 443],
    acct: [163, 89],
  },
  namespaces: {
    unshare: [272, 97],
    setns: [308, 268],
  },
  'the kernel itself': {
    bpf: [321, 280],
    perf_event_open: [298, 241],
    userfaultfd: [323, 282],
    io_uring_setup: [425, 425],
    io_uring_enter: [426, 426],
    io_uring_register: [427, 427],
    io_setup: [206, 0],
    init_module: [175, 105],
    finit_module: [313, 273],
    delete_module: [176, 106],
    kexec_load: [246, 104],
    kexec_file_load: [320, 294],
    reboot: [169, 142],
    syslog: [103, 116],
    iopl: [172, none],
    ioperm: [173, none],
    modify_ldt: [154, none],
    vmsplice: [278, 75],
    add_key: [248, 217],
    request_key: [249, 218],
    keyctl: [250, 219],
    lsm_set_self_attr: [460, 460],
  },
  'the host': {
    settimeofday: [164, 170],
    clock_settime: [227, 112],
    adjtimex: [159, 171],
    clock_adjtime: [305, 266],
    sethostname: [170, 161],
    setdomainname: [171, 162],
    vhangup: [153, 58],
  },
  'other rights': {
    setuid: [105, 146],
    setgid: [106, 144],
    setreuid: [113, 145],
    setregid: [114, 143],
    setresuid: [117, 147],
    setresgid: [119, 149],
    setfsuid: [122, 151],
    setfsgid: [123, 152],
    setgroups: [116, 159],
    capset: [126, 91],
    personality: [135, 92],
  },
  // All that is needed was opened before, by every thread: no file can be opened or changed by name.
  // Not rmdir: outside a jail the lock directory is removed at the stop.
  [fileNameGroup]: {
    open: [2, none],
    openat: [257, 56],
    openat2: [437, 437],
    creat: [85, none],
    name_to_handle_at: [303, 264],
    open_by_handle_at: [304, 265],
    truncate: [76, 45],
    mkdir: [83, none],
    mkdirat: [258, 34],
    mknod: [133, none],
    mknodat: [259, 33],
    link: [86, none],
    linkat: [265, 37],
    symlink: [88, none],
    symlinkat: [266, 36],
    unlink: [87, none],
    rename: [82, none],
    renameat: [264, 38],
    renameat2: [316, 276],
    chdir: [80, 49],
    fchdir: [81, 50],
    chmod: [90, none],
    fchmod: [91, 52],
    fchmodat: [268, 53],
    fchmodat2: [452, 452],
    chown: [92, none],
    lchown: [94, none],
    fchown: [93, 55],
    fchownat: [260, 54],
    utime: [132, none],
    utimes: [235, none],
    futimesat: [261, none],
    setxattr: [188, 5],
    lsetxattr: [189, 6],
    fsetxattr: [190, 7],
    removexattr: [197, 14],
    lremovexattr: [198, 15],
    fremovexattr: [199, 16],
    inotify_add_watch: [254, 27],
    fanotify_init: [300, 262],
    fanotify_mark: [301, 263],
  },
};
