/**
 * The threads of one owner over their shared counter, on the real code: serving threads that claim,
 * and the main thread, which reserves when it is asked to, stops, and saves the position.
 */

import type { Sequence } from '../../src/progress/sequence.js';
import { SharedCounter } from '../../src/sequence/counter.js';
import { Claims } from '../../src/server/shared/claims.js';
import { Tally } from '../../src/server/shared/tally.js';
import { simulateSequence } from '../simulation/open-sequence.js';
import { type DiskCall, SimulatedDisk } from '../simulation/simulated-disk.js';
import { progressionOf, recordOf } from '../support/fixtures/progress-fixture.js';
import {
  passTime,
  sitDown,
  standUp,
  type ThreadCall,
  type ThreadSeat,
  type ThreadTold,
} from './atomic-calls.js';
import type { Program } from './replay.js';

export type ThreadProgram = Program<ThreadCall, bigint, ThreadTold>;

const progression = progressionOf({ instance: 0n });

/** A serving thread: it claims as its port does, until the stop or so many times. */
export function claimant(counts: readonly number[]): ThreadProgram {
  return {
    run: async (seat) => {
      sitDown(seat);
      await ask(seat, { call: 'begin' });
      // Which memory it is does not matter: the model answers for it.
      const counter = SharedCounter.allocate(0n);
      const report = (message: { readonly kind: string }) => {
        if (message.kind === 'low' && 'count' in message) {
          seat.tell({ kind: 'low', count: Number(message.count) });
        }
      };
      const claims = new Claims(counter, progression, report, Tally.allocate(1).ofThread(0));
      for (const count of counts) {
        if (!claims.claim(count)) return;
        seat.tell({ kind: 'claimed', first: claims.firstIndex(), count: BigInt(count) });
      }
    },
    leave: standUp,
  };
}

export interface MainOptions {
  /** Numbers that it takes for itself first, as an embedding program does: `next`, and then `take`. */
  readonly takes?: number;
}

/** The main thread of an owner, as `serve` has it. */
export function mainThread({ takes = 0 }: MainOptions = {}): ThreadProgram {
  return {
    run: async (seat) => {
      sitDown(seat);
      const disk = new SeatDisk(seat);
      const sequence = await simulateSequence(disk, progression);
      seat.tell({ kind: 'open' });
      if (takes > 0) take(seat, sequence, takes);
      await serve(seat, sequence);
    },
    leave: standUp,
  };
}

function take(seat: ThreadSeat, sequence: Sequence, count: number): void {
  seat.tell({ kind: 'claimed', first: sequence.next(), count: 1n });
  const { first } = sequence.take(count);
  seat.tell({ kind: 'claimed', first, count: BigInt(count) });
}

async function serve(seat: ThreadSeat, sequence: Sequence): Promise<void> {
  const failed: unknown[] = [];
  for (;;) {
    const message = await ask(seat, { call: 'message' });
    if (message === 0n) break;
    passTime();
    // As in `serve`: further messages come in while one reservation is under way.
    sequence.reserveAhead(Number(message)).catch((error) => failed.push(error));
  }
  sequence.counter.stop();
  await ask(seat, { call: 'others ended' });
  await sequence.close();
  if (failed.length > 0) throw failed[0];
  seat.tell({ kind: 'saved', next: sequence.position });
}

function ask(seat: ThreadSeat, call: ThreadCall): Promise<bigint> {
  return new Promise((resolve) => {
    seat.ask(call, resolve);
  });
}

/** A disk that takes as long as the search likes. */
class SeatDisk extends SimulatedDisk {
  readonly #seat: ThreadSeat;

  constructor(seat: ThreadSeat) {
    super(SimulatedDisk.created(recordOf({ next: 0n })).cached);
    this.#seat = seat;
  }

  protected override async delay({ call }: DiskCall): Promise<void> {
    // Where nothing else of the owner can run before the next step, one pause stands for all.
    if (call === 'write') await ask(this.#seat, { call: 'disk', step: call });
  }
}
