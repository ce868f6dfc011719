/**
 * How many threads of the one-shot port serve: as many as are busy, one at least. A second thread that accepts beside
 * one that is not busy sleeps and wakes for what the other could have done, which costs up to half of the CPU time
 * again. So those beyond the first are parked until they are called.
 *
 * The first thread calls one more when it is busy; the last one that was called parks when the others could carry its
 * share. A call that was not worth it, because its thread parked soon, makes the pause before the next one longer.
 */

import { performance } from 'node:perf_hooks';
import { threadCpuMs } from '../../libc/usage.js';
import type { Gate } from '../shared/gate.js';

/** Share of a CPU from which on a thread is busy: with more it can only be waited for. */
const busyShare = 0.9;

/** Pause before the next call, after one that was not worth it. */
const pauseMs = { min: 50, max: 5000 };

/** A call is worth it if its thread stays for longer than this, beside twice the pause before it. */
const worthMs = 500;

/** Connections that a thread serves between two looks at how busy it is: a few milliseconds' work. */
const looksEvery = 512;

/** What a thread knows when it looks. */
export interface CrewLook {
  readonly thread: number;
  /** Of the port. */
  readonly threads: number;
  /** Those that serve are the first so many. */
  readonly serving: number;
  /** Share of a CPU that this thread has used since its last look. */
  readonly share: number;
  /** Monotonic. */
  readonly nowMs: number;
}

/** What a thread does after its looks. Deterministic: it knows no clock. */
export class CrewRule {
  #calledTo = 1;
  #calledMs = 0;
  #pauseMs = pauseMs.min;
  #notBeforeMs = 0;

  judge({ thread, threads, serving, share, nowMs }: CrewLook): 'call' | 'park' | 'stay' {
    if (thread === 0) {
      if (serving < this.#calledTo) this.#hasParked(serving, nowMs);
      const isWanted = share >= busyShare && serving < threads && nowMs >= this.#notBeforeMs;
      if (!isWanted) return 'stay';
      this.#calledTo = serving + 1;
      this.#calledMs = nowMs;
      return 'call';
    }
    const isLast = thread === serving - 1;
    return isLast && share * serving < busyShare * (serving - 1) ? 'park' : 'stay';
  }

  /** One that was called is not there any more. */
  #hasParked(serving: number, nowMs: number): void {
    const isSoon = nowMs - this.#calledMs < 2 * this.#pauseMs + worthMs;
    this.#pauseMs = isSoon ? Math.min(2 * this.#pauseMs, pauseMs.max) : pauseMs.min;
    this.#calledTo = serving;
    this.#notBeforeMs = nowMs + this.#pauseMs;
  }
}

/** The threads of one port, over shared memory: one word, how many serve. */
export class Crew {
  readonly #serving: Int32Array;
  readonly #rule = new CrewRule();
  #left = looksEvery;
  #cpuMs = 0;
  #lookMs = 0;

  /** `memory`: from `Crew.allocate`. `thread`: of the `threads` of the port, from 0 on. */
  constructor(
    memory: SharedArrayBuffer,
    private readonly thread: number,
    private readonly threads: number,
    private readonly gate: Gate,
  ) {
    this.#serving = new Int32Array(memory);
  }

  /** For a port on which the first thread serves. */
  static allocate(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    new Int32Array(memory)[0] = 1;
    return memory;
  }

  /** Once the gate is closed: wakes all that are parked. */
  static end(memory: SharedArrayBuffer): void {
    const serving = new Int32Array(memory);
    // Whoever parks after this finds the gate closed; whoever is about to sleep finds the word changed.
    Atomics.add(serving, 0, 1);
    Atomics.notify(serving, 0);
  }

  /** Blocks this thread while it is not wanted. */
  parkUnlessWanted(): void {
    for (;;) {
      const serving = Atomics.load(this.#serving, 0);
      if (this.thread < serving || this.gate.isClosed()) break;
      Atomics.wait(this.#serving, 0, serving);
    }
    this.#left = looksEvery;
    this.#look();
  }

  /** After each connection: calls another thread or parks this one, where that is due. */
  served(): void {
    if (--this.#left > 0) return;
    this.#left = looksEvery;
    const share = this.#look();
    const serving = Atomics.load(this.#serving, 0);
    const { thread, threads } = this;
    const verdict = this.#rule.judge({ thread, threads, serving, share, nowMs: this.#lookMs });
    if (verdict === 'call') this.#move(serving, serving + 1);
    if (verdict === 'park' && this.#move(serving, serving - 1)) this.parkUnlessWanted();
  }

  /** False where another thread has moved it since. */
  #move(from: number, to: number): boolean {
    if (Atomics.compareExchange(this.#serving, 0, from, to) !== from) return false;
    Atomics.notify(this.#serving, 0);
    return true;
  }

  /** Share of a CPU that this thread has used since the last look. */
  #look(): number {
    const [cpuMs, nowMs] = [threadCpuMs(), performance.now()];
    const share = (cpuMs - this.#cpuMs) / Math.max(nowMs - this.#lookMs, Number.EPSILON);
    this.#cpuMs = cpuMs;
    this.#lookMs = nowMs;
    return share;
  }
}
