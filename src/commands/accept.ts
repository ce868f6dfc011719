/**
 * `txnid accept`: takes the settings given as the new parameters. The next number never goes back; a
 * new progression goes on with its first number at or above it.
 */

import type { CommandContext } from '../cli/command.js';
import { lockSystem } from '../host/lock-system.js';
import { neverRan } from '../progress/file/unusable.js';
import { inspectProgress } from '../progress/inspect.js';
import { refuseSpent } from '../progress/sequence.js';
import type { ProgressStore } from '../progress/store.js';
import { numberAt } from '../sequence/progression.js';
import { judgeConfdir } from '../service/confdir.js';
import { changesOf } from '../service/mismatch.js';
import { openStopped } from '../service/own-store.js';
import { type LoadedSettings, loadSettings } from '../service/settings.js';
import { differenceLine } from '../settings/difference.js';
import { raiseOrLower } from './numbers.js';

export async function accept(context: CommandContext): Promise<number> {
  const settings = await loadSettings(context, { need: 'confdir' });
  judgeConfdir(settings);
  const { choice, error, paths } = inspectProgress(settings.confdir, lockSystem);
  if (choice === undefined && error === undefined) throw neverRan('progress file', paths.progress);
  const store = await openStopped(settings);
  try {
    for (const line of await take(store, settings)) context.print(line);
    return 0;
  } finally {
    await store.release();
  }
}

/** Takes the settings; the lines to tell the operator. */
async function take(store: ProgressStore, settings: LoadedSettings): Promise<string[]> {
  const { progression, parameters } = settings;
  const differences = settings.differencesFrom(store.found.parameters);
  const { index } = store.position(progression);
  const next = `next ${numberAt(progression, index)}`;
  if (differences.length === 0) return ['no parameter differs from its saved value', next];
  refuseSpent(progression, index, raiseOrLower);
  const changes = changesOf(differences);
  await store.decide({ event: 'accepted', progression, index, parameters, changes });
  return [...differences.map(differenceLine), next];
}
