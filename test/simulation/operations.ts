/** What an instance does, and what is done to it, as steps of a history. */

import assert from 'node:assert/strict';
import { TxnidError } from '../../src/errors.js';
import type { Progression } from '../../src/sequence/progression.js';
import type { SimulatedInstance } from './simulated-instance.js';

export type Operation =
  /** The first one creates the files; any other one recovers. */
  | 'start'
  /** Numbers, and more than are reserved. */
  | 'serve'
  /** The same with the reservation made in the background. */
  | 'reserve ahead'
  | 'stop'
  | 'kill'
  | 'advance'
  | 'accept'
  /** An advance where the file cannot be used. */
  | 'rebuild'
  | { readonly advanceTo: bigint };

const whileRunning: readonly Operation[] = ['serve', 'stop', 'kill'];
const whileStopped: readonly Operation[] = ['start', 'advance', 'accept'];

/** All sequences of so many operations, or fewer, that can follow each other from a stopped instance. */
export function sequencesUpTo(length: number, isRunning = false): Operation[][] {
  if (length === 0) return [];
  return (isRunning ? whileRunning : whileStopped).flatMap((first) => {
    const runs = first === 'start' || first === 'serve';
    return [[first], ...sequencesUpTo(length - 1, runs).map((rest) => [first, ...rest])];
  });
}

/** Does it; false where the instance could not, and ended. Throws what must not happen. */
export async function perform(
  instance: SimulatedInstance,
  operation: Operation,
  other: Progression,
  isFaulty: boolean,
): Promise<boolean> {
  try {
    await doIt(instance, operation, other);
    return true;
  } catch (error) {
    if (isDetected(error, instance)) return false;
    judge(error, isFaulty);
    await instance.giveUp();
    return false;
  }
}

/** What was lost by a lying flush, and is found out by the trail. */
function isDetected(error: unknown, { life }: SimulatedInstance): boolean {
  return life.mayBeRefused && error instanceof TxnidError && error.code === 'state';
}

async function doIt(
  instance: SimulatedInstance,
  operation: Operation,
  other: Progression,
): Promise<void> {
  if (typeof operation === 'object') {
    return await instance.advance(operation.advanceTo - instance.life.free);
  }
  switch (operation) {
    case 'start':
      return await instance.start();
    case 'serve':
      instance.next(1);
      return instance.serve();
    case 'reserve ahead':
      await instance.reserveAhead();
      return instance.next(3);
    case 'stop':
      return await instance.stop();
    case 'kill':
      return instance.kill();
    case 'advance':
      return await instance.advance(200_000n);
    case 'accept':
      return await instance.accept(otherThan(instance, other));
    case 'rebuild':
      return await instance.rebuild();
  }
}

/** The given progression, or the one before it where that is in force already. */
function otherThan(instance: SimulatedInstance, other: Progression): Progression {
  const { progression } = instance.life;
  if (progression.increment !== other.increment) return other;
  return { ...other, increment: other.increment + 1n };
}

/** The life itself judges the end of a sequence; only a fault may keep anything from being saved. */
function judge(error: unknown, isFaulty: boolean): void {
  if (!(error instanceof TxnidError)) throw error;
  if (error.code === 'sequence-end') return;
  assert.ok(isFaulty, `refused: ${error.code} ${error.message}`);
  assert.ok(error.code === 'save', `what fails is told as ${error.code}: ${error.message}`);
}
