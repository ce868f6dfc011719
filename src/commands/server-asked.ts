/** The server that a command asks as its client, and what to do when it does not answer. */

import type { CommandContext } from '../cli/command.js';
import type { ClientError } from '../client/client-error.js';
import { failure, type TxnidError } from '../errors.js';
import { printError } from '../host/log.js';
import { defaultName } from '../sequence/name.js';
import { type LoadedSettings, loadSettings } from '../service/settings.js';
import type { SettingsValues } from '../settings/table.js';

/**
 * The settings of a command that is a client: a confdir that its user may not read is the service's business, and
 * keeps nobody from asking. Warns where the port would have been there. Throws as `loadSettings` does.
 */
export async function clientSettings(context: CommandContext): Promise<LoadedSettings> {
  let hidden: TxnidError | undefined;
  const settings = await loadSettings(context, {
    onUnreadable: (error) => {
      hidden = error;
    },
  });
  const { port, 'session-port': sessionPort } = settings.origins;
  if (hidden !== undefined && port === 'default' && sessionPort === 'default') {
    const { values } = settings;
    const [what] = hidden.faults.map((fault) => fault.what);
    const remedy = 'or set port or session-port';
    printError(
      failure(
        'settings',
        `${what}, so port ${values.port} is asked`,
        `let this user read it, ${remedy}`,
      ),
    );
  }
  return settings;
}

/** How long a one-shot port, which sends its number at once, may be silent before one wonders. */
const silenceMs = 1000;

/** Says what a port may be that accepts and sends nothing, while `asking` takes long. */
export async function wondering<Result>(
  host: string,
  port: number,
  asking: Promise<Result>,
): Promise<Result> {
  const timer = setTimeout(() => {
    const what = `Nothing has come from ${host}:${port} so far`;
    const remedy = `if that is a session port, ask it with -session-port ${port}; else wait`;
    printError(failure('unavailable', what, remedy));
  }, silenceMs);
  return await asking.finally(() => clearTimeout(timer));
}

/** Throws where a sequence is asked by its name on the one-shot port, which reads nothing. */
export function refuseUnnamedPort(values: SettingsValues, sequence: string | undefined): void {
  if (sequence === undefined || values['session-port'] !== 0) return;
  const what = `Cannot ask the sequence ${sequence} on the one-shot port, which hands out numbers of ${defaultName} alone`;
  throw failure('command-line', what, 'give the session-port too');
}

/** A server that listens on every address does so on this one. */
export function hostOf({ ip }: SettingsValues): string {
  if (ip === '::') return '::1';
  return ip === '0.0.0.0' ? '127.0.0.1' : ip;
}

/** The error of a command that got no number. */
export function unavailable(error: ClientError): TxnidError {
  const remedy = {
    connect: 'start txnid there, or set the ip and port where it runs',
    'connection-lost':
      'see the log of txnid there, and set max-range as it is there; then ask again',
    'unknown-sequence': 'see sequences in the settings of that txnid',
    protocol: 'set the ip and port where txnid runs',
    timeout: 'see the log of txnid there; a session port answers only who sets session-port',
  }[error.code as string];
  const otherwise = 'see the log of txnid there, and ask again';
  return failure('unavailable', error.message, remedy ?? otherwise, { cause: error });
}
