/**
 * The filter of system calls as a program for the kernel's classic BPF. Pure: what it refuses is the
 * table of seccomp-calls.ts, what it costs is decided by the order here.
 *
 * Every way through it ends at one of four returns, which stand last. A call under the numbers
 * of another architecture could mean anything, so it is no error but an attack.
 */

import { constants } from 'node:os';
import {
  type CallNumbers,
  fileNameGroup,
  firstUnknownCall,
  frequentCalls,
  judgedCalls,
  processCalls,
  refusedCalls,
} from './seccomp-calls.js';

/** An architecture whose calls are known. `audit`: its AUDIT_ARCH_ of linux/audit.h. */
export interface Architecture {
  readonly column: 0 | 1;
  readonly audit: number;
  /** Bit of the calls of x32, an architecture within x86-64. */
  readonly x32: number | undefined;
}

/** By Node's names of them. */
export const architectures: Readonly<Record<string, Architecture>> = {
  x64: { column: 0, audit: 0xc000003e, x32: 0x40000000 },
  arm64: { column: 1, audit: 0xc00000b7, x32: undefined },
};

// Instructions of linux/bpf_common.h, each on 32 bits: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K and so on.
const LD_ABS = 0x20;
const JEQ = 0x15;
const JGE = 0x35;
const JSET = 0x45;
const RET = 0x06;

const instructionBytes = 8;

/** A jump holds its distance in one byte. */
const distanceMax = 255;

// Offsets in struct seccomp_data of linux/seccomp.h; both architectures are little-endian.
const callOffset = 0;
const architectureOffset = 4;
const argumentOffset = (index: number, half: 'low' | 'high' = 'low'): number =>
  16 + 8 * index + (half === 'low' ? 0 : 4);

const SECCOMP_RET_KILL_PROCESS = 0x80000000;
const SECCOMP_RET_ERRNO = 0x00050000;
const SECCOMP_RET_ALLOW = 0x7fff0000;

/** What the kernel does with a call. */
const actions = {
  allow: SECCOMP_RET_ALLOW,
  refuse: SECCOMP_RET_ERRNO | constants.errno.EPERM,
  // Callers fall back to an older call.
  absent: SECCOMP_RET_ERRNO | constants.errno.ENOSYS,
  kill: SECCOMP_RET_KILL_PROCESS,
} as const;

type Action = keyof typeof actions;
/** An action, or how many of the following instructions to skip. */
type Target = Action | number;

interface Instruction {
  readonly code: number;
  readonly value: number;
  readonly ifSo: Target;
  readonly otherwise: Target;
}

// Linux's values, the same on x86-64 and arm64.
const CLONE_THREAD = 0x10000;
const AT_REMOVEDIR = 0x200;
/** Types into the terminal, as if the operator had; TIOCLINUX can paste. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Name a process that the kernel signals when something can be read, and the signal, SIGKILL included. */
const FIOSETOWN = 0x8901;
const SIOCSPGRP = 0x8902;
const F_SETOWN = 8;
const F_SETSIG = 10;
const F_SETOWN_EX = 15;

/**
 * Whether files may still be opened or changed by name. They may where nothing was given up: names
 * then lead nowhere that the process could not go before.
 */
export type FileNames = 'refused' | 'allowed';

export interface FilterOptions {
  readonly fileNames: FileNames;
  /** The process that is filtered: the only one that it may signal. */
  readonly pid: number;
}

/** The program's bytes: an array of struct sock_filter. */
export function filterProgram(
  { column, audit, x32 }: Architecture,
  { fileNames, pid }: FilterOptions,
): Uint8Array {
  const refused = Object.entries(refusedCalls)
    .filter(([group]) => fileNames === 'refused' || group !== fileNameGroup)
    .flatMap(([, group]) => numbersOf(group, column));
  const number = (name: keyof typeof judgedCalls): number => judgedCalls[name][column];
  return assembled([
    loaded(architectureOffset),
    jump(JEQ, audit, 0, 'kill'),
    loaded(callOffset),
    ...(x32 === undefined ? [] : [jump(JGE, x32, 'kill')]),
    ...numbersOf(frequentCalls, column).map((call) => jump(JEQ, call, 'allow')),
    jump(JGE, firstUnknownCall, 'absent'),
    // clone3 has its flags in memory, where no filter can look.
    jump(JEQ, number('clone3'), 'absent'),
    ...refused.map((call) => jump(JEQ, call, 'refuse')),
    ...judged(number('clone'), [
      loaded(argumentOffset(0)),
      jump(JSET, CLONE_THREAD, 'allow', 'refuse'),
    ]),
    ...judged(number('ioctl'), refusedCommands(TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP)),
    ...judged(number('fcntl'), refusedCommands(F_SETOWN, F_SETSIG, F_SETOWN_EX)),
    ...Object.entries(processCalls).flatMap(([name, numbers]) =>
      judged(numbers[column], [
        // The kernel looks at no more of it than this half.
        loaded(argumentOffset(0)),
        ...(name === 'prlimit64' ? [jump(JEQ, 0, 'allow')] : []),
        jump(JEQ, pid, 'allow', 'refuse'),
      ]),
    ),
    ...(fileNames === 'refused' ? judgedNames(number) : []),
  ]);
}

/** For calls whose second argument says what to do. */
function refusedCommands(...commands: readonly number[]): Instruction[] {
  const last = commands.length - 1;
  return [
    loaded(argumentOffset(1)),
    ...commands.map((command, index) => jump(JEQ, command, 'refuse', index === last ? 'allow' : 0)),
  ];
}

/** Of the calls that take names, what the lock needs. */
function judgedNames(number: (name: keyof typeof judgedCalls) => number): Instruction[] {
  return [
    // Without a name it is futimens(3), which refreshes the lock.
    ...judged(number('utimensat'), [
      loaded(argumentOffset(1)),
      jump(JEQ, 0, 0, 'refuse'),
      loaded(argumentOffset(1, 'high')),
      jump(JEQ, 0, 'allow', 'refuse'),
    ]),
    ...judged(number('unlinkat'), [
      loaded(argumentOffset(2)),
      jump(JEQ, AT_REMOVEDIR, 'allow', 'refuse'),
    ]),
  ];
}

function numbersOf(calls: Readonly<Record<string, CallNumbers>>, column: 0 | 1): number[] {
  return Object.values(calls).flatMap((numbers) => (numbers[column] < 0 ? [] : [numbers[column]]));
}

/** Instructions that are for one call only. */
function judged(call: number, instructions: readonly Instruction[]): Instruction[] {
  return [jump(JEQ, call, 0, instructions.length), ...instructions];
}

function loaded(offset: number): Instruction {
  return { code: LD_ABS, value: offset, ifSo: 0, otherwise: 0 };
}

function jump(code: number, value: number, ifSo: Target, otherwise: Target = 0): Instruction {
  return { code, value, ifSo, otherwise };
}

/** What comes through all of it is allowed, so `allow` is the first of the actions. */
function assembled(instructions: readonly Instruction[]): Uint8Array {
  const names = Object.keys(actions);
  const bytes = Buffer.alloc((instructions.length + names.length) * instructionBytes);
  const distance = (target: Target, from: number): number =>
    typeof target === 'number' ? target : instructions.length + names.indexOf(target) - from - 1;
  instructions.forEach(({ code, value, ifSo, otherwise }, index) => {
    const distances = [distance(ifSo, index), distance(otherwise, index)] as const;
    write(bytes, index, { code, value, distances: code === LD_ABS ? [0, 0] : distances });
  });
  Object.values(actions).forEach((value, index) => {
    write(bytes, instructions.length + index, { code: RET, value, distances: [0, 0] });
  });
  return bytes;
}

interface Encoding {
  readonly code: number;
  readonly value: number;
  readonly distances: readonly [ifSo: number, otherwise: number];
}

function write(bytes: Buffer, index: number, { code, value, distances }: Encoding): void {
  if (Math.max(...distances) > distanceMax) throw new RangeError('a jump of the filter is too far');
  const offset = index * instructionBytes;
  bytes.writeUInt16LE(code, offset);
  bytes.set(distances, offset + 2);
  bytes.writeUInt32LE(value, offset + 4);
}
