/**
 * Takes from every thread of this process the system calls that serving does not need.
 *
 * It is put up for every start, also without `user` and not by root: neither step needs privileges, and
 * what serves has done all its opening by then. Landlock was tried for the same and left out: up to
 * its ABI 7 (Linux 6.18) it binds only the thread that asks, and nobody can make Node's thread pool ask.
 * That filter of names is here instead, as refused calls, on every kernel that has seccomp; it comes
 * with `user` or `chroot`, since without them names lead nowhere that the service could not go anyway.
 *
 * Its price: a syslog daemon that is restarted with a socket of its own is not found again, and lines
 * are lost until txnid is restarted too. journald and others started by socket units keep theirs.
 */

import { type Fault, failure } from '../../errors.js';
import { LibcError } from '../../libc/libc.js';
import { filterEveryThread, refuseNewPrivileges } from '../../libc/seccomp.js';
import { judgedCalls } from './seccomp-calls.js';
import { architectures, type FileNames, filterProgram } from './seccomp-filter.js';

/** The setting: what becomes of a start on a kernel without filters. */
export type SeccompMode = 'required' | 'auto' | 'off';

export interface SeccompOutcome {
  readonly isFiltering: boolean;
  /** What the operator should know. */
  readonly warnings: readonly Fault[];
}

/** Throws TxnidError 'privilege' where a required filter cannot be had. */
export function filterCalls(
  mode: SeccompMode,
  fileNames: FileNames,
  architecture = process.arch,
): SeccompOutcome {
  if (mode === 'off') return { isFiltering: false, warnings: [] };
  const reason = putUp(architecture, fileNames);
  if (reason === undefined) return { isFiltering: true, warnings: [] };
  const what = `Cannot filter system calls: ${reason}`;
  if (mode === 'required') {
    throw failure(
      'privilege',
      what,
      'use a kernel that has seccomp filters, or set seccomp to auto',
    );
  }
  const remedy = 'use a kernel that has seccomp filters, or set seccomp to off to end this warning';
  return { isFiltering: false, warnings: [{ what, remedy }] };
}

/** Why it could not be put up. */
function putUp(name: string, fileNames: FileNames): string | undefined {
  const architecture = architectures[name];
  if (architecture === undefined) return `the system calls of ${name} are not known`;
  try {
    refuseNewPrivileges();
    const program = filterProgram(architecture, { fileNames, pid: process.pid });
    filterEveryThread(judgedCalls.seccomp[architecture.column], program);
    return undefined;
  } catch (error) {
    if (error instanceof LibcError) return `${error.meaning} (${error.call}: ${error.code})`;
    throw error;
  }
}
