/** The server that a command asks as its client, and what to do when it does not answer. */

import type { ClientError } from '../client/client-error.js';
import { failure, type TxnidError } from '../errors.js';
import type { SettingsValues } from '../settings/table.js';

/** A server that listens on every address does so on this one. */
export function hostOf({ ip }: SettingsValues): string {
  return ip === '0.0.0.0' ? '127.0.0.1' : ip;
}

/** The error of a command that got no number. */
export function unavailable(error: ClientError): TxnidError {
  const remedy = {
    connect: 'start txnid there, or set the ip and port where it runs',
    protocol: 'set the ip and port where txnid runs',
  }[error.code as string];
  const otherwise = 'see the log of txnid there, and ask again';
  return failure('unavailable', error.message, remedy ?? otherwise, { cause: error });
}
