/** Tells a service manager how the service is, after sd_notify(3). Outside of one, says nothing. */

import { failure, type TxnidError } from '../errors.js';
import { LibcError } from '../libc/libc.js';
import { connectUnix, sendDatagram, unixNameBytesMax } from '../libc/unix-socket.js';

export interface Notifier {
  /** The listeners serve. */
  ready(): void;
  /** The service is about to end. */
  stopping(): void;
}

const variable = 'NOTIFY_SOCKET';

/**
 * Connects to the service manager that `NOTIFY_SOCKET` names, and removes it from the environment, so
 * that nothing started from here speaks for the service. Call it before a chroot: the name is not
 * looked up again. Throws TxnidError 'settings'.
 */
export function openNotifier(environment: NodeJS.ProcessEnv): Notifier {
  const name = environment[variable];
  delete environment[variable];
  if (name === undefined || name === '') return { ready: () => {}, stopping: () => {} };
  const fd = connectTo(name);
  return { ready: () => tell(fd, 'READY=1'), stopping: () => tell(fd, 'STOPPING=1') };
}

function connectTo(name: string): number {
  if (!/^[/@]/.test(name)) throw unusable(name, 'it is neither a path nor an abstract name');
  if (Buffer.byteLength(name) > unixNameBytesMax) throw unusable(name, 'it is too long');
  try {
    return connectUnix(name, 'datagram');
  } catch (error) {
    if (error instanceof LibcError) throw unusable(name, error.meaning, error);
    throw error;
  }
}

function unusable(name: string, reason: string, cause?: Error): TxnidError {
  const what = `Cannot reach the service manager at ${variable}=${name}: ${reason}`;
  return failure('settings', what, `start by the service manager, or unset ${variable}`, { cause });
}

function tell(fd: number, state: string): void {
  try {
    sendDatagram(fd, state);
  } catch (error) {
    // A service manager that has gone away is no reason to stop, and there is nobody else to tell.
    if (!(error instanceof LibcError)) throw error;
  }
}
