/** One instance of the tortured cluster: its process, its clients, and what can be done to it. */

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyDisk } from '../simulation/faulty-disk.js';
import { ask, isWhole } from '../support/processes/one-shot-client.js';
import type { SmallDisk } from '../support/processes/small-disk.js';
import type { SteppedClock } from '../support/processes/stepped-clock.js';
import { type Ended, runTxnid, TxnidProcess } from '../support/processes/txnid-process.js';
import type { History } from './history.js';
import { Load } from './load.js';
import { Recording } from './recording.js';

export interface MemberOptions {
  readonly instance: number;
  readonly increment: number;
  readonly threads: number;
  readonly confdir: string;
  readonly port: number;
  readonly sessionPort: number;
  readonly disk: FaultyDisk;
  readonly clock: SteppedClock;
  /** What the confdir is on, where it has a disk of its own. */
  readonly smallDisk: SmallDisk | undefined;
  readonly history: History;
  /** What the clients ask for is drawn from it. */
  readonly seed: number;
}

/** An instance that does not serve within this, on however busy a machine, does not serve. */
const serveLimitMs = 60_000;

/** Sequences that each has beside its own. */
export const names = ['orders', 'in.voices'] as const;

export class Member {
  readonly recording = new Recording();
  /** What came of its named sequences. */
  readonly named = new Map(names.map((name) => [name, new Recording()]));
  readonly disk: FaultyDisk;
  readonly clock: SteppedClock;
  readonly smallDisk: SmallDisk | undefined;
  readonly confdir: string;
  readonly load: Load;
  readonly #options: MemberOptions;
  readonly #values: readonly string[];
  readonly #client: number;
  #process: TxnidProcess | undefined;
  #broken: string | undefined;

  constructor(options: MemberOptions) {
    const { instance, increment, threads, port, sessionPort, confdir } = options;
    this.#options = options;
    this.disk = options.disk;
    this.clock = options.clock;
    this.smallDisk = options.smallDisk;
    this.confdir = confdir;
    const numbers = { port, 'session-port': sessionPort, instance, increment, threads };
    this.#values = [
      ...['-confdir', confdir, '-ip', '127.0.0.1', `-sequences=${names.join()}`],
      ...Object.entries(numbers).flatMap(([name, value]) => [`-${name}`, String(value)]),
    ];
    this.#client = this.recording.newClient();
    this.load = new Load(
      {
        ...{
          port,
          sessionPort,
          increment: BigInt(increment),
          recording: this.recording,
          named: this.named,
        },
        onBroken: (what) => {
          this.#broken ??= what;
        },
      },
      options.seed,
    );
  }

  get instance(): number {
    return this.#options.instance;
  }

  get process(): TxnidProcess {
    if (this.#process === undefined) throw new Error('it was never started');
    return this.#process;
  }

  get progressPath(): string {
    return join(this.confdir, 'txnid.dat');
  }

  get lockPath(): string {
    return join(this.confdir, 'txnid.dat.lock');
  }

  tell(what: string): void {
    this.#options.history.tell(this.instance, what);
  }

  /** Another process on the same files, which may not be the only one. */
  spawn(values: readonly string[] = []): TxnidProcess {
    const environment = {
      ...this.disk.environment,
      ...this.clock.environment,
      LD_PRELOAD: `${this.disk.environment.LD_PRELOAD}:${this.clock.environment.LD_PRELOAD}`,
    };
    const process = new TxnidProcess([...values, ...this.#values], { environment });
    this.tell(`started ${process.pid} ${values.join(' ')}`);
    return process;
  }

  /** A start that must come to serve. */
  async start(): Promise<void> {
    await this.adopt(this.spawn());
  }

  /** Goes on with a process that was started already, and must come to serve. */
  async adopt(process: TxnidProcess): Promise<void> {
    this.#process = process;
    await this.assertServes();
  }

  /** Gets one number, and takes note of it. */
  async assertServes(): Promise<void> {
    const deadline = performance.now() + serveLimitMs;
    while (!(await this.#getsNumber())) {
      if (this.process.hasEnded) await this.assertEnds([]);
      if (performance.now() > deadline) throw this.failure('it does not serve');
      await sleep(3);
    }
    this.tell('serves');
  }

  async end(signal: NodeJS.Signals, allowed: readonly (number | NodeJS.Signals)[]): Promise<Ended> {
    this.tell(signal);
    this.process.signal(signal);
    return await this.assertEnds(allowed);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL', ['SIGKILL']);
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM', [0]);
  }

  /** Waits for the end, which must be with one of these exit codes or signals. */
  async assertEnds(
    allowed: readonly (number | NodeJS.Signals)[],
    process = this.process,
  ): Promise<Ended> {
    const ended = await process.endedInTime();
    const how = ended.signal ?? ended.code ?? -1;
    this.tell(`${process.pid} ended with ${how}`);
    if (allowed.includes(how)) return ended;
    throw this.failure(`it ended with ${how}, not ${allowed.join(' or ')}: ${ended.stderr}`);
  }

  /** Runs a command beside it to its end. */
  async run(values: readonly string[], code: number): Promise<Ended> {
    const ended = await runTxnid([...values, ...this.#values]);
    this.tell(`${values.join(' ')}: ${ended.code}`);
    if (ended.code === code) return ended;
    throw this.failure(`${values.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
  }

  /** The size to which it can make files grow from now on, as prlimit(1) sets it. */
  limitFileSize(bytes: number): void {
    execFileSync('prlimit', ['--pid', String(this.process.pid), `--fsize=${bytes}`]);
  }

  /** When the progress was last saved. */
  get savedMs(): number {
    return statSync(this.progressPath).mtimeMs;
  }

  /** Throws when it has ended by itself, or its clients got something that no server may send. */
  assertSound(): void {
    if (this.process.hasEnded) throw this.failure(`it has ended: ${this.process.stderr}`);
    if (this.#broken !== undefined) throw this.failure(this.#broken);
  }

  failure(what: string): Error {
    this.tell(what);
    return new Error(`instance ${this.instance}: ${what}`);
  }

  async #getsNumber(): Promise<boolean> {
    const { recording } = this;
    const { port, increment } = this.#options;
    const askedAfter = recording.receipts.length;
    const { text } = await ask(port);
    if (!isWhole(text)) return false;
    const client = this.#client;
    recording.add([
      { client, askedAfter, first: BigInt(text), increment: BigInt(increment), count: 1n },
    ]);
    return true;
  }
}
