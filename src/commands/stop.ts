/**
 * `txnid stop`: asks the daemon that runs on a confdir to stop, and waits until it has. Needs nothing of its settings: who
 * has the files is asked.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '../cli/command.js';
import { errorCode } from '../error-code.js';
import { failure, type TxnidError } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { positionOf } from '../progress/file/choice.js';
import type { Owner } from '../progress/file/record.js';
import { type Inspection, inspectProgress } from '../progress/inspect.js';
import { numberAt } from '../sequence/progression.js';
import { confdirOf, progressionFrom } from '../service/settings.js';

/** A stop takes up to a second on a disk that is well: beyond this somebody has to look. */
const stopLimitMs = 60_000;
const lookEveryMs = 20;

export async function stop(context: CommandContext): Promise<number> {
  const confdir = confdirOf(context);
  const owner = runningService(confdir, inspectProgress(confdir, lockSystem));
  askToStop(owner);
  await ended(owner);
  context.print(`next ${nextOf(confdir, inspectProgress(confdir, lockSystem))}`);
  return 0;
}

/** Throws where there is none, or none that a signal asks to stop. */
function runningService(confdir: string, { holder, choice, error }: Inspection): Owner {
  if (holder === undefined) throw error ?? notRunning(confdir);
  const owner = choice?.record.owner;
  if (owner?.pid === holder && owner.role === 'service') return owner;
  const what = `Cannot stop process ${holder}, which has the files in ${confdir}: it is not a txnid daemon that has begun to serve`;
  throw failure('locked', what, 'end it as whoever started it does');
}

function notRunning(confdir: string): TxnidError {
  const remedy = 'nothing, or set confdir to where the one to be stopped has its files';
  return failure('unavailable', `No txnid runs in ${confdir}`, remedy);
}

function askToStop({ pid }: Owner): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // It has just ended by itself.
    if (errorCode(error) === 'ESRCH') return;
    const what = `Cannot stop process ${pid}: it belongs to another user`;
    throw failure('privilege', what, 'run this as root, or as the user of that process', {
      cause: error,
    });
  }
}

/** Waits for the end of that very process, not of one that gets its pid. */
async function ended(owner: Owner): Promise<void> {
  const endMs = performance.now() + stopLimitMs;
  while (lockSystem.isAlive(owner)) {
    if (performance.now() > endMs) {
      const what = `Process ${owner.pid} was asked to stop and has not ended in ${stopLimitMs / 1000} seconds`;
      throw failure('locked', what, 'see its log and its disk; SIGKILL burns what is reserved');
    }
    await sleep(lookEveryMs);
  }
}

/** Throws where the end was not a clean one. */
function nextOf(confdir: string, { choice, error, holder }: Inspection): bigint {
  if (choice === undefined || error !== undefined) throw error ?? notRunning(confdir);
  const progression = progressionFrom(choice.record.parameters);
  const { index, isExact } = positionOf(choice, progression);
  // Whoever has it by now has started after the stop.
  if (isExact || holder !== undefined) return numberAt(progression, index);
  const what = `The daemon has ended, and its progress in ${confdir} is not that of a clean stop`;
  throw failure('save', what, 'see its log; the next start leaves out what was reserved');
}
