/**
 * `txnid accept`: takes the settings given as the new parameters, of all sequences. The next number never goes back; a
 * new progression goes on with its first number at or above it. A name that is new to `sequences` is made, one that was
 * taken off before goes on.
 */

import type { CommandContext } from '../cli/command.js';
import { lockSystem } from '../host/lock-system.js';
import { type Choice, positionOf } from '../progress/file/choice.js';
import { progressPaths } from '../progress/file/paths.js';
import { neverRan } from '../progress/file/unusable.js';
import { type Inspection, inspectProgress, inspectSequence } from '../progress/inspect.js';
import { refuseSpent } from '../progress/sequence.js';
import type { ProgressStore } from '../progress/store.js';
import type { AuditChange } from '../progress/trail/event.js';
import { readTrail } from '../progress/trail/reader.js';
import { numberAt } from '../sequence/progression.js';
import { judgeConfdir } from '../service/confdir.js';
import { changesOf } from '../service/mismatch.js';
import { makeNamed, refuseGone } from '../service/named-sequences.js';
import { openStopped } from '../service/own-store.js';
import { type LoadedSettings, loadSettings, namedSettings } from '../service/settings.js';
import { type Difference, differenceLine } from '../settings/difference.js';
import { isDryRun, refuseUnconfirmed } from './decisions.js';
import { raiseOrLower } from './numbers.js';

export async function accept(context: CommandContext): Promise<number> {
  const settings = await loadSettings(context, { need: 'confdir' });
  judgeConfdir(settings);
  const inspection = inspectProgress(settings.confdir, lockSystem);
  const { choice, error, paths } = inspection;
  if (choice === undefined && error === undefined) throw neverRan('progress file', paths.progress);
  if (isDryRun(context)) {
    for (const line of foresee(settings, inspection)) context.print(line);
    return 0;
  }
  // Where somebody has the files that is what is to be told.
  if (inspection.holder === undefined) refuseForgotten(context, settings, inspection);
  const store = await openStopped(settings);
  try {
    for (const line of await take(store, settings)) context.print(line);
    return 0;
  } finally {
    await store.release();
  }
}

/** What `take` would say, as far as can be seen without the lock. Throws where it would be refused. */
function foresee(settings: LoadedSettings, { choice, error }: Inspection): string[] {
  if (choice === undefined || error !== undefined) throw error ?? new Error('there is no record');
  const { progression } = settings;
  const differences = settings.differencesFrom(choice.record.parameters);
  const { index } = positionOf(choice, progression);
  if (differences.length > 0) refuseSpent(progression, index, raiseOrLower);
  refuseGone(settings, progressPaths(settings.confdir).audit);
  const named = settings.values.sequences.flatMap((name) => {
    const found = inspectSequence(settings.confdir, name, lockSystem, settings.ledger());
    return found.choice === undefined ? [] : namedLines(settings, name, found.choice);
  });
  return allLines(differences, named, numberAt(progression, index));
}

function namedLines(settings: LoadedSettings, name: string, choice: Choice): string[] {
  const own = namedSettings(settings, name);
  const differences = own.differencesFrom(choice.record.parameters);
  if (differences.length === 0) return [];
  const { index } = positionOf(choice, own.progression);
  return linesOfOne(differences, name, numberAt(own.progression, index));
}

/** A flag that was left out by mistake would take the setting back to its default, and the numbers with it. */
function refuseForgotten(
  context: CommandContext,
  settings: LoadedSettings,
  { choice, paths }: Inspection,
): void {
  const events = readTrail(paths.audit)?.events ?? [];
  const given = events.findLast(({ event }) => event === 'started')?.given ?? [];
  const differences = settings
    .differencesFrom(choice?.record.parameters ?? {})
    .filter(({ name, origin }) => origin === 'default' && given.includes(name));
  if (choice === undefined || differences.length === 0) return;
  const lines = differences.map(differenceLine).join(', ');
  refuseUnconfirmed(
    context,
    `Flags or the environment of the last start are not given now: ${lines}`,
  );
}

/** Takes the settings; the lines to tell the operator. */
async function take(store: ProgressStore, settings: LoadedSettings): Promise<string[]> {
  const { progression, parameters } = settings;
  const differences = settings.differencesFrom(store.found.parameters);
  const { index } = store.position(progression);
  if (differences.length > 0) refuseSpent(progression, index, raiseOrLower);
  // The instance's own record comes last: what it says of the others is so by then.
  const named = await takeNamed(settings);
  if (differences.length > 0) {
    const changes = changesOf(differences).map((change) => withAllNames(change, settings));
    await store.decide({ event: 'accepted', progression, index, parameters, changes });
  }
  return allLines(differences, named, numberAt(progression, index));
}

function allLines(
  differences: readonly Difference[],
  named: readonly string[],
  next: bigint,
): string[] {
  const lines = [...differences.map(differenceLine), ...named];
  const none = ['no parameter differs from its saved value'];
  return [...(lines.length > 0 ? lines : none), `next ${next}`];
}

/** The trail has all names, where the record has their hash: it is what knows one that was taken off. */
function withAllNames(change: AuditChange, { values }: LoadedSettings): AuditChange {
  return change.name === 'sequences' ? { ...change, to: values.sequences } : change;
}

/** Makes the names that are not there yet, and takes the settings for those that are. */
async function takeNamed(settings: LoadedSettings): Promise<string[]> {
  const { sequences } = settings.values;
  refuseGone(settings, progressPaths(settings.confdir).audit);
  await makeNamed(settings);
  const lines: string[] = [];
  for (const name of sequences) lines.push(...(await takeOne(namedSettings(settings, name), name)));
  return lines;
}

async function takeOne(settings: LoadedSettings, name: string): Promise<string[]> {
  const { progression, parameters } = settings;
  const store = await openStopped(settings);
  try {
    const differences = settings.differencesFrom(store.found.parameters);
    if (differences.length === 0) return [];
    const { index } = store.position(progression);
    const changes = changesOf(differences);
    await store.decide({ event: 'accepted', progression, index, parameters, changes });
    const line = (difference: Difference) =>
      `${differenceLine(difference)} of the sequence ${name}`;
    return [
      ...differences.map(line),
      `next ${numberAt(progression, index)} of the sequence ${name}`,
    ];
  } finally {
    await store.release();
  }
}

function linesOfOne(differences: readonly Difference[], name: string, next: bigint): string[] {
  const of = `of the sequence ${name}`;
  return [
    ...differences.map((difference) => `${differenceLine(difference)} ${of}`),
    `next ${next} ${of}`,
  ];
}
