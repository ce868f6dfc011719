/** What the program that runs now asks of the world of the model, and how the answers get back. */

import type { Contents } from './contents.js';
import type { KernelAnswer, KernelCall } from './kernel.js';
import type { Seat } from './replay.js';

/** What an owner waits for beside the kernel: its own next deed, and its timer. */
export type OwnerCall =
  | KernelCall
  | { readonly call: 'turn'; readonly to: string }
  | { readonly call: 'timer' };

export type OwnerTold =
  | { readonly kind: 'handed out'; readonly first: bigint; readonly last: bigint }
  | { readonly kind: 'ended'; readonly how: string };

export type OwnerSeat = Seat<OwnerCall, KernelAnswer, OwnerTold>;

/** A place that does not exist. */
export const modelConfdir = '/txnid-model/confdir';

/** The program that runs now: what is below it in this process is one for all, so there is one. */
export const running: { seat: OwnerSeat | undefined; contents: Contents | undefined } = {
  seat: undefined,
  contents: undefined,
};

const { stackTraceLimit } = Error;

/** From here on the calls of this process are those of the program in this seat. */
export function sitDown(seat: OwnerSeat, contents: Contents): void {
  running.seat = seat;
  running.contents = contents;
  // Errors are thrown by the thousand, and nobody looks where they come from.
  Error.stackTraceLimit = 0;
}

export function standUp(): void {
  running.seat = undefined;
  running.contents = undefined;
  Error.stackTraceLimit = stackTraceLimit;
}

export function seat(): OwnerSeat {
  if (running.seat === undefined) throw new Error('no program of the model runs');
  return running.seat;
}

export function contents(): Contents {
  if (running.contents === undefined) throw new Error('no program of the model runs');
  return running.contents;
}

/** The call as its number or status; throws as node:fs does. */
export function now<Result>(call: OwnerCall, take: (answer: KernelAnswer) => Result): Result {
  const answer = seat().askNow(call);
  if (answer.kind === 'error') throw systemError(answer.code);
  return take(answer);
}

export function later<Result>(
  call: OwnerCall,
  take: (answer: KernelAnswer) => Result,
  deliver: (error: unknown, result?: Result) => void,
): void {
  seat().ask(call, (answer) => {
    if (answer.kind === 'error') deliver(systemError(answer.code));
    else deliver(null, take(answer));
  });
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

export function numberIn(answer: KernelAnswer): number {
  if (answer.kind !== 'number') throw new Error(`${answer.kind} is no number`);
  return answer.number;
}
