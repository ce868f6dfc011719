/** Owning the progress of a confdir, as every command that writes does. */

import { ownIdentity } from '../host/identity.js';
import { lockSystem } from '../host/lock-system.js';
import { printError, printNotice } from '../host/log.js';
import { realFileSystem } from '../progress/file/file-system.js';
import { noInstance } from '../progress/file/unusable.js';
import type { Notice } from '../progress/notices.js';
import { ProgressStore, type StoreOptions, type UnbornInstance } from '../progress/store.js';
import type { AuditChange } from '../progress/trail/event.js';
import type { LoadedSettings } from './settings.js';

/** What commands that write differ in. */
export type OwnerOptions = Pick<
  StoreOptions,
  'onLost' | 'onWarning' | 'onNotice' | 'keeper' | 'flushWatch'
> &
  Partial<Pick<StoreOptions, 'owner'>>;

/** What this process is to a progress file. */
export function ownership(settings: LoadedSettings) {
  return {
    confdir: settings.confdir,
    sequence: settings.sequence,
    ledger: settings.sequence === undefined ? undefined : settings.ledger().of(settings.sequence),
    owner: ownIdentity(),
    uid: process.getuid?.() ?? 0,
    system: lockSystem,
    files: realFileSystem,
    wallClock: () => new Date(),
    parameters: settings.parameters,
    instance: settings.progression.instance,
    madeWith: namesTaken(settings),
  };
}

/**
 * The names that the making of an instance takes into service, for its trail: what is saved of them may be their hash
 * alone, and the trail is what knows a name that was taken off and whose files are gone.
 */
function namesTaken({ sequence, values }: LoadedSettings): AuditChange[] {
  const { sequences } = values;
  const isOther = sequence !== undefined || sequences.length === 0;
  return isOther ? [] : [{ name: 'sequences', from: null, to: sequences }];
}

/** Locks, reads and checks the instance of these settings, if it is there. Throws TxnidError. */
export async function prepareStore(
  settings: LoadedSettings,
  options: OwnerOptions,
): Promise<ProgressStore | UnbornInstance> {
  return await ProgressStore.prepare({ ...ownership(settings), ...options });
}

/**
 * The same for a command that decides about a stopped instance and is done at once; makes one that is not there,
 * if settings let it.
 */
export async function openStopped(settings: LoadedSettings): Promise<ProgressStore> {
  const prepared = await prepareStore(settings, commandEvents);
  if (prepared instanceof ProgressStore) return prepared;
  refuseCreation(settings);
  return await prepared.publish();
}

/** What a command that is done at once does with what it is told. */
export const commandEvents = {
  onLost: () => {},
  onWarning: printError,
  onNotice: ({ line }: Notice) => printNotice(line),
} as const;

/** Throws where an instance that is not there must not be made. */
export function refuseCreation({ values, origins, confdir }: LoadedSettings): void {
  if (!values.create) throw noInstance(confdir, `create is false (${origins.create})`);
}
