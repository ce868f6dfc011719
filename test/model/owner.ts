/** Owners of one progress file, from their start to their end, on the real code. */

import { failure, TxnidError } from '../../src/errors.js';
import type { Owner } from '../../src/progress/file/record.js';
import type { LockSystem } from '../../src/progress/lock/lock.js';
import { Sequence } from '../../src/progress/sequence.js';
import { ProgressStore, type StoreOptions } from '../../src/progress/store.js';
import { notReserved } from '../../src/sequence/counter.js';
import { numberAt } from '../../src/sequence/progression.js';
import { parametersOf, progressionOf } from '../support/fixtures/progress-fixture.js';
import type { Contents } from './contents.js';
import type { KernelAnswer } from './kernel.js';
import { modelFiles } from './model-files.js';
import {
  modelConfdir,
  type OwnerCall,
  type OwnerSeat,
  type OwnerTold,
  sitDown,
  standUp,
} from './program-calls.js';
import type { Program } from './replay.js';

/** What an owner does once it may hand out numbers. */
export type Deed =
  /** A serving thread claims so many numbers if they are reserved. */
  | { readonly kind: 'claim'; readonly count: number }
  /** Reserves in the background, as the daemon does, so that many fit. */
  | { readonly kind: 'reserve'; readonly count: number }
  /** The embedded library's call, which reserves while its caller waits. */
  | { readonly kind: 'take'; readonly count: number };

export interface OwnerOptions {
  readonly actor: number;
  /** Owners of one host take each other's left locks over at once. */
  readonly host: string;
  readonly deeds: readonly Deed[];
  /** The clean stop at the end; else it goes on for ever. */
  readonly stops: boolean;
  readonly contents: Contents;
}

export type OwnerProgram = Program<OwnerCall, KernelAnswer, OwnerTold>;

const progression = progressionOf();

/** An owner as `serve` and `openSequence` put it together. */
export function ownerProgram(options: OwnerOptions): OwnerProgram {
  return {
    run: async (seat) => {
      sitDown(seat, options.contents);
      await new OwnerRun(seat, options).run();
    },
    leave: standUp,
  };
}

class OwnerRun {
  readonly #seat: OwnerSeat;
  readonly #options: OwnerOptions;
  #sequence: Sequence | undefined;
  #lost: TxnidError | undefined;

  constructor(seat: OwnerSeat, options: OwnerOptions) {
    this.#seat = seat;
    this.#options = options;
  }

  async run(): Promise<void> {
    await this.#turn('start');
    const how = await this.#serve().catch(wayOf);
    this.#seat.tell({ kind: 'ended', how });
  }

  async #serve(): Promise<string> {
    const store = await ProgressStore.open(this.#storeOptions());
    try {
      this.#sequence = new Sequence(store, progression, parametersOf(progression));
      await this.#sequence.begin();
    } catch (error) {
      await store.release();
      throw error;
    }
    return await this.#own(this.#sequence);
  }

  async #own(sequence: Sequence): Promise<string> {
    try {
      for (const deed of this.#options.deeds) {
        await this.#turn(`${deed.kind} ${deed.count}`);
        if (this.#lost !== undefined) break;
        await this.#act(sequence, deed);
      }
      if (this.#lost === undefined) await this.#turn(this.#options.stops ? 'stop' : 'wait');
    } catch (error) {
      // As in `serve`: whatever ends the service, it closes what it has, and tells the first reason.
      await sequence.close().catch(() => undefined);
      throw error;
    }
    await sequence.close();
    return 'closed';
  }

  async #act(sequence: Sequence, { kind, count }: Deed): Promise<void> {
    const { counter } = sequence;
    if (kind === 'reserve') return await sequence.reserveAhead(count);
    if (kind === 'take') {
      const { first, last } = sequence.take(count);
      this.#seat.tell({ kind: 'handed out', first, last });
      return;
    }
    const index = counter.claim(BigInt(count));
    if (index === notReserved) return;
    const [first, last] = [index, index + BigInt(count - 1)].map((at) => numberAt(progression, at));
    if (first !== undefined && last !== undefined) {
      this.#seat.tell({ kind: 'handed out', first, last });
    }
  }

  #storeOptions(): StoreOptions {
    const { actor, host } = this.#options;
    const owner: Owner = {
      host,
      machine: `machine of ${host}`,
      boot: `boot of ${host}`,
      pid: 100 + actor,
      start: '1',
      nonce: `owner ${actor}`,
    };
    return {
      confdir: modelConfdir,
      owner,
      uid: 0,
      system: this.#system(),
      files: modelFiles,
      wallClock: () => new Date(0),
      onLost: (error) => {
        this.#lost = error;
        this.#sequence?.abandon();
      },
      parameters: parametersOf(progression),
      instance: progression.instance,
      onWarning: (warning) => {
        throw warning;
      },
    };
  }

  #system(): LockSystem {
    return {
      flockExclusive: (fd) => {
        const answer = this.#seat.askNow({ call: 'flock', fd });
        return answer.kind === 'number' && answer.number === 1;
      },
      flockHolder: () => undefined,
      isAlive: () => false,
      bootedAtMs: () => 0,
      watchName: () => {
        throw new Error('nothing is watched outside a jail');
      },
    };
  }

  #turn(to: string): Promise<void> {
    return new Promise((resolve) => {
      this.#seat.ask({ call: 'turn', to }, () => resolve());
    });
  }
}

function wayOf(error: unknown): string {
  if (error instanceof TxnidError) return error.code;
  const { message } = error instanceof Error ? error : failure('internal', String(error), '');
  return `internal: ${message}`;
}
