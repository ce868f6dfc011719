/**
 * Random histories of an instance with two named sequences beside its own, on one simulated machine: all of them at
 * once, in turns that interleave, through crashes, power cuts and calls that fail. What holds for one holds for each.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TxnidError } from '../../src/errors.js';
import { NamesLedger } from '../../src/progress/names/ledger.js';
import { RestingStore } from '../../src/progress/resting.js';
import { Sequence } from '../../src/progress/sequence.js';
import { ProgressStore, type StoreOptions } from '../../src/progress/store.js';
import { numberAt, type Progression } from '../../src/sequence/progression.js';
import { parametersOf, progressionOf } from '../support/fixtures/progress-fixture.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { InstanceLife } from './instance-life.js';
import { faultsOf } from './moments.js';
import type { FaultKind } from './simulated-calls.js';
import { simulatedConfdir, simulatedOptions } from './simulated-files.js';
import { SimulatedKernel } from './simulated-kernel.js';
import { cachedBytes, emptyMachine, type Machine, randomPowerCut } from './simulated-machine.js';

const isLong = process.env.TXNID_TEST_EXPLORE === 'long';
const histories = Number(process.env.TXNID_TEST_HISTORIES ?? (isLong ? 5000 : 60));
const { seed } = new Seeded();
const runsMax = 8;
const operationsMax = 10;

const names = [undefined, 'a', 'b'] as const;
type Name = (typeof names)[number];
type Lives = ReadonlyMap<Name, InstanceLife>;

interface Moment {
  readonly machine: Machine;
  readonly lives: Lives;
}

interface Counts {
  runs: number;
  woken: number;
  crashes: number;
  powerCuts: number;
  faults: number;
}

test(`random histories of three sequences keep the promise, from seed ${seed} on`, async (context) => {
  const counts: Counts = { runs: 0, woken: 0, crashes: 0, powerCuts: 0, faults: 0 };
  for (let index = 0; index < histories; index++) {
    const again = `TXNID_TEST_SEED=${seed + index} TXNID_TEST_HISTORIES=1`;
    await liveThrough(new Seeded(seed + index), counts).catch((error: Error) => {
      throw new Error(`${error.message}\nagain with ${again}`, { cause: error });
    });
  }
  context.diagnostic(JSON.stringify(counts));
  if (histories < 20) return;
  for (const [kind, count] of Object.entries(counts)) assert.ok(count > 0, `no ${kind}`);
});

async function liveThrough(random: Seeded, counts: Counts): Promise<void> {
  const progression = progressionOf({ increment: [1n, 3n, 32767n][random.below(3)] ?? 1n });
  let moment: Moment = {
    machine: emptyMachine,
    lives: new Map(names.map((name) => [name, new InstanceLife(progression)])),
  };
  for (let left = 1 + random.below(runsMax); left > 0; left--) {
    moment = await new Run(moment, progression, random, counts).live();
  }
}

/** One process, from its start to its end. */
class Run {
  readonly #kernel: SimulatedKernel;
  readonly #lives: Lives;
  readonly #moments: Moment[] = [];
  readonly #resting = new Map<Name, RestingStore>();
  readonly #sequences = new Map<Name, Sequence>();

  constructor(
    { machine, lives }: Moment,
    private readonly progression: Progression,
    private readonly random: Seeded,
    private readonly counts: Counts,
  ) {
    this.#kernel = new SimulatedKernel(machine);
    this.#lives = copied(lives);
  }

  async live(): Promise<Moment> {
    const { counts, random } = this;
    counts.runs++;
    await this.#make();
    const { calls } = this.#kernel;
    calls.beforeEach = () => this.#keep();
    if (random.below(4) === 0) this.#breakOneCall(calls.count + 1 + random.below(60));
    try {
      await this.#start();
      for (let left = 1 + random.below(operationsMax); left > 0; left--) await this.#operate();
      if (random.below(2) === 0) await this.#stop();
    } catch (error) {
      // Where something goes wrong the service ends, and the next start goes on.
      if (!(error instanceof TxnidError)) throw error;
    }
    return this.#end();
  }

  /** All sequences that are not there yet, as `accept` does; an accept that a crash cut off is not looked at here. */
  async #make(): Promise<void> {
    for (const name of names) {
      const store = await ProgressStore.open(this.#options(name));
      await store.release();
    }
  }

  async #start(): Promise<void> {
    for (const name of names) {
      const options = this.#options(name);
      const found = await RestingStore.hold(() => options);
      assert.ok(found !== undefined);
      this.#resting.set(name, found.store);
    }
  }

  /** One operation, or two at once. */
  async #operate(): Promise<void> {
    const { random } = this;
    const one = names[random.below(3)];
    const other = names[random.below(3)];
    const both = random.below(3) === 0 && one !== other ? [one, other] : [one];
    const outcomes = await Promise.allSettled(both.map((name) => this.#ask(name)));
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #ask(name: Name): Promise<void> {
    const sequence = this.#sequences.get(name) ?? (await this.#wake(name));
    const life = this.#life(name);
    for (let left = 1 + this.random.below(3); left > 0; left--) life.handOut(sequence.next());
    if (this.random.below(2) === 0) await sequence.reserveAhead(1 + this.random.below(70_000));
  }

  async #wake(name: Name): Promise<Sequence> {
    this.counts.woken++;
    const resting = this.#resting.get(name);
    this.#resting.delete(name);
    const life = this.#life(name);
    const store = (resting as RestingStore).wake();
    const bytes = cachedBytes(this.#kernel.machine, `${this.#options(name).confdir}/txnid.dat`);
    const { index } = store.position(this.progression);
    life.begin(this.progression, numberAt(this.progression, index), bytes ?? new Uint8Array());
    life.uncertain();
    try {
      const sequence = new Sequence(store, this.progression, parametersOf(this.progression), {
        clock: () => this.#kernel.calls.count,
      });
      const { position } = sequence;
      await sequence.begin();
      life.begun(position);
      this.#sequences.set(name, sequence);
      return sequence;
    } catch (error) {
      await store.release();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    for (const store of this.#resting.values()) store.release();
    await Promise.all(
      [...this.#sequences].map(async ([name, sequence]) => {
        await sequence.close();
        this.#life(name).stopped();
      }),
    );
    this.#ledger.close();
  }

  /** A process that is gone, at one of the moments of its life, or with the power. */
  #end(): Moment {
    const { random, counts } = this;
    this.#keep();
    const last = this.#moments.at(-1) as Moment;
    const isLast = random.below(2) === 0;
    const moment = isLast ? last : (this.#moments[random.below(this.#moments.length)] ?? last);
    counts.crashes++;
    if (random.below(2) === 0) return moment;
    counts.powerCuts++;
    const sectorBytes = random.below(4) === 0 ? 4096 : 512;
    return { ...moment, machine: randomPowerCut(moment.machine, sectorBytes, random) };
  }

  #breakOneCall(at: number): void {
    const { calls } = this.#kernel;
    calls.faultOf = ({ name }, index) => {
      if (index !== at) return undefined;
      const kinds = faultsOf(name).filter((kind) => kind !== 'lies');
      this.counts.faults++;
      return kinds[this.random.below(kinds.length)] as FaultKind;
    };
  }

  #keep(): void {
    this.#moments.push({ machine: this.#kernel.machine, lives: copied(this.#lives) });
  }

  #life(name: Name): InstanceLife {
    return this.#lives.get(name) as InstanceLife;
  }

  #opened: NamesLedger | undefined;
  get #ledger(): NamesLedger {
    this.#opened ??= NamesLedger.read(simulatedConfdir, this.#kernel);
    return this.#opened;
  }

  #options(name: Name): StoreOptions {
    const options = simulatedOptions(this.#kernel, this.progression, (files) => files);
    if (name === undefined) return options;
    const confdir = `${simulatedConfdir}/sequences/${name}`;
    return { ...options, confdir, sequence: name, ledger: this.#ledger.of(name) };
  }
}

function copied(lives: Lives): Lives {
  return new Map([...lives].map(([name, life]) => [name, life.copy()]));
}
