/**
 * A service that detaches from who started it (`-daemon`), in two processes. The caller starts the
 * same command again in a session of its own, waits until that service says that it is ready, and
 * ends with its exit code if it never does. The two share standard error until then, so the operator
 * sees the service's faults.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../errors.js';
import { duplicateOnto } from '../libc/duplicate.js';
import { callerVariable, readinessFd } from './caller.js';

const stdinFd = 0;
const stdoutFd = 1;
const stderrFd = 2;
const ready = Buffer.from('ready');

/** How long a service may take to end that was interrupted before it was ready. */
const interruptedMs = 3000;

/**
 * The caller's part: runs Node with `command` (script and arguments) in a session of its own. Returns
 * 0 once that service is ready, its exit code if it ends before. A signal that `interruption` resolves
 * with ends both: then it returns 128 and the signal's number. Throws TxnidError 'internal' when
 * another signal ends the service before it is ready.
 */
export async function startDetached(
  command: readonly string[],
  interruption: Promise<NodeJS.Signals>,
): Promise<number> {
  const service = spawn(process.execPath, [...process.execArgv, ...command], {
    detached: true,
    env: { ...process.env, [callerVariable]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const readiness = service.stdio[readinessFd] as Readable;
  const started = once(readiness, 'data').then(() => 0);
  const refused = once(service, 'exit').then(exitCodeOf);
  const outcome = await Promise.race([started, refused, interruption]);
  readiness.destroy();
  service.unref();
  return typeof outcome === 'number' ? outcome : await interrupt(service, outcome);
}

/** The signal did not reach the service, which is in another session, and perhaps stopped or stuck. */
async function interrupt(service: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  service.kill(signal);
  service.kill('SIGCONT');
  await Promise.race([once(service, 'exit'), sleep(interruptedMs)]);
  // However far it is: it is made to be killed at any moment.
  service.kill('SIGKILL');
  return 128 + constants.signals[signal];
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

/**
 * The service's part, before a chroot and after all paths are absolute: forgets that a caller waits, but
 * can tell it, and leaves its directory, whose file system could not be unmounted else. Later is too
 * late: from within a jail there is no chdir(2).
 */
export function detachedService(environment: NodeJS.ProcessEnv): DetachedService {
  delete environment[callerVariable];
  process.chdir('/');
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
