/**
 * `txnid advance N`: moves the next number forward to the first of the progression at or above N. It
 * is also the way out of a progress file that is lost or cannot be trusted: then it makes a new one,
 * at or above everything that is known.
 */

import type { CommandContext } from '../cli/command.js';
import { type Fault, failure } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { printError, printNotice } from '../host/log.js';
import { positionOf } from '../progress/file/choice.js';
import { realFileSystem } from '../progress/file/file-system.js';
import { type Inspection, inspectSequence } from '../progress/inspect.js';
import { makeNamedDirectory } from '../progress/names/names.js';
import { begins } from '../progress/notices.js';
import { foreseeRebuild, type RebuildOptions, rebuildProgress } from '../progress/rebuild.js';
import { refuseSpent } from '../progress/sequence.js';
import type { AuditEvent } from '../progress/trail/event.js';
import { larger } from '../sequence/order.js';
import { indexAtOrAbove, numberAt, type Progression } from '../sequence/progression.js';
import { judgeConfdir } from '../service/confdir.js';
import { refuseDifferences } from '../service/mismatch.js';
import { openStopped, ownership, refuseCreation } from '../service/own-store.js';
import { type LoadedSettings, loadSettings, namedSettings } from '../service/settings.js';
import { doubtfulMove, isDryRun, refuseUnconfirmed } from './decisions.js';
import { numberArgument, raiseOrLower } from './numbers.js';
import { directoryAsked, sequenceAsked } from './sequence-asked.js';

/** Both ends of a move; numbers. */
interface Move {
  readonly from: bigint;
  readonly to: bigint;
}

export async function advance(context: CommandContext): Promise<number> {
  const all = await loadSettings(context, { need: 'confdir' });
  const name = sequenceAsked(context);
  const number = numberArgument('advance to', context.commandLine.positionals[0] ?? '');
  judgeConfdir(all);
  const settings = name === undefined ? all : namedAsked(all, name);
  const inspection = inspectSequence(all.confdir, name, lockSystem);
  // Before a file is made, which would save the parameters that cannot be meant.
  if (inspection.choice === undefined)
    refuseSpent(settings.progression, indexAtOrAbove(settings.progression, number), raiseOrLower);
  // A name is made by accept alone: one whose files are gone altogether was lost.
  const isGone = name !== undefined && inspection.choice === undefined;
  const isUnusable = isGone || inspection.error !== undefined;
  if (isDryRun(context)) {
    tell(context, foresee(settings, number, inspection, isUnusable));
    return 0;
  }
  // Where somebody has the files that is what is to be told.
  if (inspection.holder === undefined) {
    const { from, to } = foresee(settings, number, inspection, isUnusable);
    const doubt = doubtfulMove(settings.progression, from, to);
    if (doubt !== undefined) refuseUnconfirmed(context, doubt);
  }
  if (name !== undefined) makeNamedDirectory(all.confdir, name, realFileSystem);
  const { from, to } = isUnusable ? await rebuild(settings, number) : await move(settings, number);
  if (isUnusable) printError({ faults: unknownNumbers(inspection.lastEvent, from) });
  tell(context, { from, to });
  return 0;
}

function tell({ print }: CommandContext, { from, to }: Move): void {
  print(`from ${from}`);
  print(`to ${to}`);
}

/** What it will come to, as far as can be seen without the lock. Throws where it would be refused. */
function foresee(
  settings: LoadedSettings,
  number: bigint,
  { choice }: Inspection,
  isUnusable: boolean,
): Move {
  const { progression } = settings;
  if (isUnusable) {
    const from = foreseeRebuild(rebuildOptions(settings, number));
    return { from, to: numberAt(progression, indexAtOrAbove(progression, larger(number, from))) };
  }
  if (choice !== undefined) {
    refuseDifferences(settings.differencesFrom(choice.record.parameters), settings.sequence);
  }
  if (choice === undefined) refuseCreation(settings);
  const start = choice === undefined ? 0n : positionOf(choice, progression).index;
  const index = indexAtOrAbove(progression, number);
  if (index < start) throw backwards(progression, number, start);
  refuseSpent(progression, index, raiseOrLower);
  return { from: numberAt(progression, start), to: numberAt(progression, index) };
}

/** Of a name in the settings, or of one that was taken off them. */
function namedAsked(settings: LoadedSettings, name: string): LoadedSettings {
  const { confdir, values } = settings;
  if (!values.sequences.includes(name)) directoryAsked(confdir, name);
  return namedSettings(settings, name);
}

async function move(settings: LoadedSettings, number: bigint): Promise<Move> {
  const { progression, parameters } = settings;
  const store = await openStopped(settings);
  try {
    refuseDifferences(settings.differencesFrom(store.found.parameters), settings.sequence);
    const start = store.position(progression).index;
    const index = indexAtOrAbove(progression, number);
    if (index < start) throw backwards(progression, number, start);
    refuseSpent(progression, index, raiseOrLower);
    const move = { from: numberAt(progression, start), to: numberAt(progression, index) };
    if (index > start) {
      const changes = [changeOf(move)];
      await store.decide({ event: 'advanced', progression, index, parameters, changes });
    }
    if (store.isNew) printNotice(begins(move.to, settings.confdir).line);
    return move;
  } finally {
    await store.release();
  }
}

async function rebuild(settings: LoadedSettings, number: bigint): Promise<Move> {
  const { progression } = settings;
  refuseSpent(progression, indexAtOrAbove(progression, number), raiseOrLower);
  return await tellRebuilt(settings, await rebuildProgress(rebuildOptions(settings, number)));
}

/** With the parameters that are known of the instance: a rebuild must not change any by accident. */
function rebuildOptions(settings: LoadedSettings, number: bigint): RebuildOptions {
  return {
    ...ownership(settings),
    progression: settings.progression,
    number,
    keep: (known) => refuseDifferences(settings.differencesFrom(known), settings.sequence),
    since: new Date().toISOString(),
    onLost: () => {},
    onWarning: printError,
  };
}

async function tellRebuilt(settings: LoadedSettings, from: bigint): Promise<Move> {
  const store = await openStopped(settings);
  try {
    const move = { from, to: store.found.next };
    store.tellOrThrow('advanced', { changes: [changeOf(move)], reason: 'progress file rebuilt' });
    await store.saveTrailHeadOrWarn();
    return move;
  } finally {
    await store.release();
  }
}

function changeOf({ from, to }: Move) {
  return { name: 'next', from: String(from), to: String(to) };
}

function backwards(progression: Progression, number: bigint, start: bigint) {
  const next = numberAt(progression, start);
  const what = `Cannot advance to ${number}: the next number is ${next} already`;
  return failure('command-line', what, `give a number above ${next}`);
}

/** Events of an instance that runs, or is about to: what it reserves after them its trail does not know. */
const runningEvents: readonly string[] = ['created', 'truncation found', 'crash found', 'started'];

/**
 * What the operator should know of numbers that neither the trail nor a record of the old file knows of.
 * `from`: the lowest number that may be free by what both know.
 */
function unknownNumbers(last: AuditEvent | undefined, from: bigint): Fault[] {
  if (last === undefined || !runningEvents.includes(last.event)) return [];
  // A record that knows more than the trail is the newest one, or bounds it.
  if (from > larger(BigInt(last.next), BigInt(last.reserved))) return [];
  const what = `The audit trail ends with "${last.event}" and not with a stop: numbers from ${from} on may have been handed out without its knowledge`;
  const remedy =
    'before the next start, advance above the largest number that any client, log or metric has seen, and ' +
    'add what may have been under way';
  return [{ what, remedy }];
}
