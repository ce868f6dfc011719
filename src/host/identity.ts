/**
 * Who a process is, precisely enough to tell it from every other one: on this host and others, after
 * a reboot, and after its pid has been given to another process. Linux: it reads /proc (proc(5)), so
 * call it before a chroot.
 *
 * Where there is no /proc, boot and start are empty, which means "not known" and never "the same": then
 * nobody is taken for a process that runs, nor for one of this boot. Ownership does not rest on it, but
 * on flock; what is lost is that `txnid status` tells a running owner.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  readonly host: string;
  /** machine-id(5), empty where there is none. */
  readonly machine: string;
  /** A random id that the kernel makes at each boot; empty where it is not known. */
  readonly boot: string;
  readonly pid: number;
  /** When the process started, in clock ticks since the boot; empty where it is not known. */
  readonly start: string;
  /** 16 hexadecimal digits, other ones at each call. */
  readonly nonce: string;
  /** See Owner of the progress. */
  readonly role?: 'service';
}

const nonceBytes = 8;

/** The identity of this process. `proc`: where proc(5) is. */
export function ownIdentity(proc = '/proc'): Owner {
  return {
    host: hostname(),
    machine: readIfThere('/etc/machine-id')?.trim() ?? '',
    boot: bootId(proc),
    pid: process.pid,
    start: startTicks(readIfThere(`${proc}/self/stat`) ?? ''),
    nonce: randomBytes(nonceBytes).toString('hex'),
  };
}

/** The same as a daemon's. */
export function serviceIdentity(): Owner {
  return { ...ownIdentity(), role: 'service' };
}

/** Whether that very process is known to run on this host, stopped (SIGSTOP) included. */
export function isAlive(
  { boot, pid, start }: Pick<Owner, 'boot' | 'pid' | 'start'>,
  proc = '/proc',
): boolean {
  if (boot === '' || start === '' || boot !== bootId(proc)) return false;
  return startTicks(readIfThere(`${proc}/${pid}/stat`) ?? '') === start;
}

/** Field 22 of /proc/PID/stat, empty if there is none. The name in field 2 is the process's own choice, `) ` included. */
export function startTicks(stat: string): string {
  const fromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fromThird[22 - 3] ?? '';
}

/** Device and inode number of a file, exactly: they may be above 2^53. */
export interface FileIdentity {
  readonly dev: number | bigint;
  readonly ino: number | bigint;
}

/**
 * Pid of the process that holds the flock of a file. Undefined when nobody does, and when it cannot be
 * told: another host, another pid namespace.
 */
export function lockHolder(file: FileIdentity): number | undefined {
  return holderIn(readIfThere('/proc/locks') ?? '', file);
}

/** The same in the text of /proc/locks: `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`. */
export function holderIn(locks: string, file: FileIdentity): number | undefined {
  const name = lockName(file);
  const lines = locks.split('\n').map((line) => line.split(/\s+/));
  // A process that only waits for a lock has an arrow in front of the kind.
  const held = lines.find(([, kind, , , , lockedFile]) => kind === 'FLOCK' && lockedFile === name);
  const pid = Number(held?.[4]);
  // 0 and -1: the holder lives in a pid namespace that is not ours.
  return pid > 0 ? pid : undefined;
}

/** A file as /proc/locks names it: major and minor device number in hexadecimal, inode in decimal. */
function lockName({ dev: device, ino }: FileIdentity): string {
  const dev = BigInt(device);
  // How Linux's C library packs the two numbers into one, see makedev(3).
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  const [majorHex, minorHex] = [major, minor].map((part) => part.toString(16).padStart(2, '0'));
  return `${majorHex}:${minorHex}:${ino}`;
}

function bootId(proc: string): string {
  return readIfThere(`${proc}/sys/kernel/random/boot_id`)?.trim() ?? '';
}

/** The text of a file that may not exist, or may vanish while it is read, as those of /proc do. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(code)) return undefined;
    throw error;
  }
}
