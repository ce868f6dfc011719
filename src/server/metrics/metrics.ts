/**
 * What is exported for Prometheus, in a registry of its own. The serving threads count in shared
 * memory; everything is read when somebody asks. prom-client's default metrics are left out: they read
 * /proc, which is not there in a jail. This module is loaded only where the metrics port is on.
 *
 * Positions have 64 bits, and a sample is a double of 53: so the next number comes in its two halves,
 * high (48 bits) and low (16), both exact: next = high * 65536 + low.
 */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Counters } from '../../sequence/counter.js';
import {
  endIndex,
  numberAt,
  numbersPerHigh,
  type Progression,
} from '../../sequence/progression.js';
import { type PortName, refusalReasonsOf, type Tally } from '../shared/tally.js';

/** In seconds: from a disk with a cache that survives power loss to one that is about to fail. */
const flushBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface MetricsSource {
  readonly ports: readonly { readonly name: PortName; readonly tally: Tally }[];
  /** How many sessions are open. */
  readonly openSessions: () => number;
  /** How many may be; 0 where there is no port for them. */
  readonly sessionsMax: number;
  /** Of all sequences, and their names in the same order. */
  readonly counters: Counters;
  readonly names: readonly string[];
  readonly progression: Progression;
  /** How many numbers the last reservation was to hold. */
  readonly window: () => bigint;
  /** How many numbers this start left out, at most: those that its predecessor may have handed out. */
  readonly burnt: bigint;
  readonly version: string;
  readonly startedAt: Date;
}

/** A figure of a sequence, from its cursor and by its place; undefined where there is none. */
type Reading = (cursor: bigint, place: number) => number | undefined;

export class Metrics {
  readonly #registry = new Registry();
  readonly #clock: () => number;
  readonly #flushes: Histogram;
  /** When each began that is under way. */
  readonly #flushesBegan = new Set<{ readonly atMs: number }>();
  #flushEndedMs: number | undefined;
  #source: MetricsSource | undefined;
  /** Indexes of the next numbers, taken once for each text, so that their halves and shares fit together. */
  #cursors: readonly bigint[] = [];

  /** `clock`: monotonic time in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#flushes = new Histogram({
      name: 'txnid_flush_duration_seconds',
      help: 'Time that flushes of progress files to the disk have taken.',
      buckets: flushBuckets,
      registers: [this.#registry],
    });
    this.#gauge(
      'txnid_flush_under_way_seconds',
      'How long the oldest flush that is under way has taken so far, 0 without one.',
      () => this.#secondsSince(this.#oldestFlushMs()),
    );
    this.#gauge(
      'txnid_last_flush_age_seconds',
      'Time since the last flush of a progress file has ended.',
      () => this.#secondsSince(this.#flushEndedMs),
    );
  }

  /** A flush of a progress file begins; the result is called once it has ended, well or not. */
  flushBegins(): () => void {
    const flush = { atMs: this.#clock() };
    this.#flushesBegan.add(flush);
    return () => {
      this.#flushes.observe(this.#secondsSince(flush.atMs));
      this.#flushesBegan.delete(flush);
      this.#flushEndedMs = this.#clock();
    };
  }

  #oldestFlushMs(): number | undefined {
    const [oldest] = this.#flushesBegan;
    return oldest?.atMs;
  }

  /** From now on the text tells of this service. Call it once. */
  watch(source: MetricsSource): void {
    this.#source = source;
    this.#watchPorts(source);
    this.#watchProgress(source);
    this.#tellOnce(source);
  }

  /** The text in the format of Prometheus. */
  async text(): Promise<string> {
    const { names = [], counters } = this.#source ?? {};
    this.#cursors = names.map((_name, place) => counters?.cursor(place) ?? 0n);
    return await this.#registry.metrics();
  }

  #watchPorts({ ports, openSessions, sessionsMax }: MetricsSource): void {
    this.#counter('txnid_numbers_total', 'Numbers handed out.', ['port'], (count) => {
      for (const { name, tally } of ports) count({ port: name }, tally.sum('numbers'));
    });
    this.#counter(
      'txnid_refused_connections_total',
      'Connections that were closed without a number or a session, by reason.',
      ['port', 'reason'],
      (count) => {
        for (const { name, tally } of ports) {
          for (const reason of refusalReasonsOf[name])
            count({ port: name, reason }, tally.sum(reason));
        }
      },
    );
    this.#counter('txnid_sessions_total', 'Sessions begun.', [], (count) => {
      count(
        {},
        ports.map(({ tally }) => tally.sum('sessions')).reduce((sum, one) => sum + one),
      );
    });
    this.#gauge('txnid_sessions', 'Sessions that are open.', openSessions);
    this.#gauge(
      'txnid_sessions_limit',
      'Sessions that may be open (max-sessions); 0 without a port for them.',
      () => sessionsMax,
    );
  }

  #watchProgress({ counters, names, progression, window, burnt }: MetricsSource): void {
    const end = endIndex(progression);
    const number = (cursor: bigint): bigint => numberAt(progression, cursor);
    const gauge = (name: string, help: string, read: Reading) =>
      this.#gaugeOfAll(name, help, names, read);
    gauge('txnid_next_number_high', 'Upper 48 bits of the next number.', (cursor) =>
      Number(number(cursor) / numbersPerHigh),
    );
    gauge('txnid_next_number_low', 'Lower 16 bits of the next number.', (cursor) =>
      Number(number(cursor) % numbersPerHigh),
    );
    gauge(
      'txnid_used_ratio',
      'Share of the sequence that is used up, from 0 to 1.',
      (cursor) => Number(cursor) / Number(end),
    );
    gauge('txnid_remaining_numbers', 'Numbers left before the end of the sequence.', (cursor) =>
      Number(end - cursor),
    );
    gauge(
      'txnid_reserved_numbers',
      'Numbers that are durably reserved and not handed out; a crash burns these.',
      (cursor, place) =>
        // Of one that nobody has asked none are, and that is no shortage.
        counters.hasBegun(place) ? Number(counters.limit(place) - cursor) : undefined,
    );
    this.#gauge(
      'txnid_reservation_window_numbers',
      'Numbers to keep reserved, by the recent demand, of the sequence default.',
      () => Number(window()),
    );
    this.#gauge(
      'txnid_burnt_at_start_numbers',
      'Numbers of the sequence default that this start left out, at most: the last run did not end cleanly. 0 if it did.',
      () => Number(burnt),
    );
  }

  #tellOnce({ version, progression, startedAt }: MetricsSource): void {
    const labels = {
      version,
      node_version: process.version,
      // `instance` is the label by which Prometheus tells targets apart.
      sequence_instance: String(progression.instance),
      sequence_increment: String(progression.increment),
    };
    new Gauge({
      name: 'txnid_build_info',
      help: 'Always 1; its labels tell what runs.',
      labelNames: Object.keys(labels) as (keyof typeof labels)[],
      registers: [this.#registry],
    }).set(labels, 1);
    this.#gauge(
      'txnid_start_time_seconds',
      'When the service started, in seconds since 1970.',
      () => startedAt.getTime() / 1000,
    );
  }

  #gauge(name: string, help: string, read: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    new Gauge({ name, help, registers: [this.#registry], collect });
  }

  /** Of each sequence. Where there is only one, nothing need say which. */
  #gaugeOfAll(name: string, help: string, names: readonly string[], read: Reading): void {
    const cursors = () => this.#cursors;
    const isOne = names.length === 1;
    const collect = function (this: Gauge): void {
      for (const [place, cursor] of cursors().entries()) {
        const value = read(cursor, place);
        if (value === undefined) continue;
        this.set(isOne ? {} : { sequence: names[place] ?? '' }, value);
      }
    };
    const labelNames = isOne ? [] : ['sequence'];
    new Gauge({ name, help, labelNames, registers: [this.#registry], collect });
  }

  #counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (count: (labels: Partial<Record<Label, string>>, total: number) => void) => void,
  ): void {
    const collect = function (this: Counter<Label>): void {
      // What is handed to it are totals, and it can only add.
      this.reset();
      read((labels, total) => this.inc(labels, total));
    };
    new Counter({ name, help, labelNames, registers: [this.#registry], collect });
  }

  #secondsSince(ms: number | undefined): number {
    return ms === undefined ? 0 : (this.#clock() - ms) / 1000;
  }
}
