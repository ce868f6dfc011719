/**
 * A service that detaches from who started it (`-daemon`), in two processes. The caller starts the
 * same command again in a session of its own, waits until that service says that it is ready, and
 * ends with its exit code if it never does. The two share standard error until then, so the operator
 * sees the service's faults.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { failure } from '../errors.js';
import { duplicateOnto } from '../libc/duplicate.js';

/** Tells the service that a caller waits for it. Not a setting, hence not called like one. */
const variable = 'TXNID_CALLER_WAITS';

const stdinFd = 0;
const stdoutFd = 1;
const stderrFd = 2;
const readinessFd = 3;
const ready = Buffer.from('ready');

/** Whether this process is the service that a caller waits for; if not, it may be that caller. */
export function isCallerWaiting(environment: NodeJS.ProcessEnv): boolean {
  return environment[variable] !== undefined;
}

/**
 * The caller's part: runs Node with `command` (script and arguments) in a session of its own. Returns
 * 0 once that service is ready, its exit code if it ends before. Throws TxnidError 'internal' when a
 * signal ends it before.
 */
export async function startDetached(command: readonly string[]): Promise<number> {
  const service = spawn(process.execPath, [...process.execArgv, ...command], {
    detached: true,
    env: { ...process.env, [variable]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const readiness = service.stdio[readinessFd] as Readable;
  const outcome = await Promise.race([once(readiness, 'data'), once(service, 'exit')]);
  readiness.destroy();
  service.unref();
  return outcome[0] instanceof Buffer ? 0 : exitCodeOf(outcome);
}

function exitCodeOf([code, signal]: unknown[]): number {
  if (typeof code === 'number') return code;
  const what = `Cannot start the service: ${signal} ended it before it was ready`;
  throw failure('internal', what, 'see the log of the system for who sent it');
}

export interface DetachedService {
  /**
   * Lets go of the caller's terminal, then tells the caller that the service is ready. Standard input
   * and output become /dev/null, lest `$(txnid -daemon)` waits for their end for ever; so does
   * standard error unless `keepStandardError`, because it is the log.
   */
  ready(options: { readonly keepStandardError: boolean }): void;
}

/** The service's part, before a chroot: forgets that a caller waits, but can tell it. */
export function detachedService(environment: NodeJS.ProcessEnv): DetachedService {
  delete environment[variable];
  const nullFd = openSync('/dev/null', 'r+');
  return {
    ready: ({ keepStandardError }) => {
      const released = keepStandardError ? [stdinFd, stdoutFd] : [stdinFd, stdoutFd, stderrFd];
      for (const fd of released) duplicateOnto(nullFd, fd);
      closeSync(nullFd);
      tellCaller();
    },
  };
}

function tellCaller(): void {
  try {
    writeSync(readinessFd, ready);
  } catch (error) {
    // The caller was killed while it waited: the service is as ready as with it. Node ignores SIGPIPE.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  closeSync(readinessFd);
}
