/**
 * `txnid advance N`: moves the next number forward to the first of the progression at or above N. It
 * is also the way out of a progress file that is lost or cannot be trusted: then it makes a new one,
 * at or above everything that is known.
 */

import { failure } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { printError } from '../host/log.js';
import { inspectProgress } from '../progress/inspect.js';
import { makeConfdir } from '../progress/make-confdir.js';
import { rebuildProgress } from '../progress/rebuild.js';
import { indexAtOrAbove, numberAt, numberMax, type Progression } from '../sequence/progression.js';
import type { CommandContext } from './command.js';
import { judgeConfdir } from './confdir.js';
import { refuseEnd } from './end-of-sequence.js';
import { refuseDifferences } from './mismatch.js';
import { openStopped, ownership } from './own-store.js';
import { type LoadedSettings, loadSettings } from './settings.js';

/** Both ends of a move; numbers. */
interface Move {
  readonly from: bigint;
  readonly to: bigint;
}

export async function advance(context: CommandContext): Promise<number> {
  const settings = await loadSettings(context);
  const number = numberFrom(context.commandLine.positionals[0] ?? '');
  judgeConfdir(settings);
  makeConfdir(settings.confdir);
  const inspection = inspectProgress(settings.confdir, lockSystem);
  // Before a file is made, which would save the parameters that cannot be meant.
  if (inspection.choice === undefined)
    refuseEnd(settings.progression, indexAtOrAbove(settings.progression, number));
  const isUnusable = inspection.error !== undefined;
  const { from, to } = isUnusable ? await rebuild(settings, number) : await move(settings, number);
  context.print(`from ${from}`);
  context.print(`to ${to}`);
  return 0;
}

function numberFrom(text: string): bigint {
  const number = /^(?:0|[1-9]\d{0,19})$/.test(text) ? BigInt(text) : undefined;
  if (number !== undefined && number <= numberMax) return number;
  const what = `Cannot advance to ${JSON.stringify(text)}`;
  throw failure('command-line', what, `give a whole number from 0 to ${numberMax}`);
}

async function move(settings: LoadedSettings, number: bigint): Promise<Move> {
  const { progression, parameters } = settings;
  const store = await openStopped(settings);
  try {
    refuseDifferences(settings.differencesFrom(store.found.parameters));
    const start = store.position(progression).index;
    const index = indexAtOrAbove(progression, number);
    if (index < start) throw backwards(progression, number, start);
    refuseEnd(progression, index);
    const move = { from: numberAt(progression, start), to: numberAt(progression, index) };
    if (index > start) {
      const changes = [changeOf(move)];
      await store.decide({ event: 'advanced', progression, index, parameters, changes });
    }
    return move;
  } finally {
    await store.release();
  }
}

/** With the parameters that are known of the instance: a rebuild must not change any by accident. */
async function rebuild(settings: LoadedSettings, number: bigint): Promise<Move> {
  const { progression } = settings;
  refuseEnd(progression, indexAtOrAbove(progression, number));
  const from = await rebuildProgress({
    ...ownership(settings),
    progression,
    number,
    keep: (known) => refuseDifferences(settings.differencesFrom(known)),
    since: new Date().toISOString(),
    onLost: () => {},
    onWarning: printError,
  });
  return await tellRebuilt(settings, from);
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
