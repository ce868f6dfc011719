/** Owning the progress of a confdir, as every command that writes does. */

import { ownIdentity } from '../host/identity.js';
import { lockSystem } from '../host/lock-system.js';
import { printError } from '../host/log.js';
import { ProgressStore, type StoreOptions } from '../progress/store.js';
import type { LoadedSettings } from './settings.js';

/** What commands that write differ in. */
export type OwnerOptions = Pick<
  StoreOptions,
  'onLost' | 'onWarning' | 'keeper' | 'flushWatch' | 'beforeFirst'
>;

/** What this process is to a progress file. */
export function ownership(settings: LoadedSettings) {
  return {
    confdir: settings.confdir,
    owner: ownIdentity(),
    uid: process.getuid?.() ?? 0,
    system: lockSystem,
    wallClock: () => new Date(),
    parameters: settings.parameters,
    instance: settings.progression.instance,
  };
}

/** Locks, reads and checks the progress file, creating it at the first start. Throws TxnidError. */
export async function openStore(
  settings: LoadedSettings,
  options: OwnerOptions,
): Promise<ProgressStore> {
  return await ProgressStore.open({ ...ownership(settings), ...options });
}

/** The same for a command that decides about a stopped instance and is done at once. */
export async function openStopped(settings: LoadedSettings): Promise<ProgressStore> {
  return await openStore(settings, { onLost: () => {}, onWarning: printError });
}
