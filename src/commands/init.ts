/**
 * `txnid init [-from N]`: makes the confdir and an instance in it, all sequences of which begin with its first number,
 * or the first at or above N. The settings given are saved as its parameters, as by a first start.
 */

import type { CommandContext } from '../cli/command.js';
import { failure, type TxnidError } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { makeConfdir } from '../progress/confdir.js';
import { type Inspection, inspectProgress } from '../progress/inspect.js';
import { refuseSpent } from '../progress/sequence.js';
import { ProgressStore } from '../progress/store.js';
import { indexAtOrAbove, numberAt } from '../sequence/progression.js';
import { judgeConfdir } from '../service/confdir.js';
import { makeNamed, refuseLost } from '../service/named-sequences.js';
import { commandEvents, ownership } from '../service/own-store.js';
import { type LoadedSettings, loadSettings } from '../service/settings.js';
import { numberArgument, raiseOrLower } from './numbers.js';

export async function init(context: CommandContext): Promise<number> {
  const settings = await loadSettings(context);
  const { confdir, progression } = settings;
  const from = context.commandLine.switches.get('from');
  const number = typeof from === 'string' ? numberArgument('begin at', from) : 0n;
  const index = indexAtOrAbove(progression, number);
  refuseSpent(progression, index, raiseOrLower);
  judgeConfdir(settings);
  makeConfdir(confdir);
  refuseInstance(settings, inspectProgress(confdir, lockSystem));
  refuseLost(confdir);
  const first = numberAt(progression, index);
  await makeNamed(settings, first);
  await make(settings, first);
  context.print(`first ${first}`);
  context.print(`confdir ${confdir}`);
  return 0;
}

function refuseInstance({ confdir }: LoadedSettings, { choice, error }: Inspection): void {
  if (error !== undefined) throw error;
  if (choice !== undefined) throw anotherInstance(confdir);
}

async function make(settings: LoadedSettings, first: bigint): Promise<void> {
  const store = await ProgressStore.open({
    ...ownership(settings),
    ...commandEvents,
    instance: first,
  });
  try {
    // Somebody else's start may have made one meanwhile.
    if (!store.isNew) throw anotherInstance(settings.confdir);
    await store.saveTrailHeadOrWarn();
  } finally {
    await store.release();
  }
}

function anotherInstance(confdir: string): TxnidError {
  const what = `There is an instance in ${confdir} already`;
  return failure('state', what, 'start it, or set confdir to where the new one is to be');
}
