/** The kernel's filter of system calls: prctl(2) and seccomp(2). */

import koffi from 'koffi';
import { checked, errno, foreign, LibcError } from './libc.js';

// Linux's values, the same on x86-64 and arm64; both are little-endian with pointers of 8 bytes.
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;

// struct sock_fprog: the count of instructions, padding, the address of the first one.
const programHeaderBytes = 16;
const addressOffset = 8;
/** A struct sock_filter of linux/filter.h. */
const instructionBytes = 8;

type Prctl = (option: number, a: number, b: number, c: number, d: number) => number;
type Seccomp = (call: number, operation: number, flags: number, program: Uint8Array) => number;

const prctl = foreign<Prctl>(
  'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
);
// C libraries have no function of its own for it.
const seccomp = foreign<Seccomp>('long syscall(long, unsigned int, unsigned int, uint8_t *)');

/** No program that this thread starts gains rights, for ever; threads that it makes inherit this. */
export function refuseNewPrivileges(): void {
  checked('prctl', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/**
 * Puts every thread of this process behind a filter, and behind `refuseNewPrivileges`, which must have
 * been called. `call` is the number of seccomp(2) on this architecture. Throws LibcError: ENOSYS or
 * EINVAL where the kernel has no filters.
 */
export function filterEveryThread(call: number, program: Uint8Array): void {
  const header = Buffer.alloc(programHeaderBytes);
  header.writeUInt16LE(program.length / instructionBytes);
  header.writeBigUInt64LE(koffi.address(program), addressOffset);
  const result = seccomp(call, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, header);
  if (result === -1) throw new LibcError('seccomp', errno());
  // A thread has a filter that this one has not: nothing was changed for any of them.
  if (result > 0) throw new Error(`seccomp: thread ${result} cannot be put behind the filter`);
}
