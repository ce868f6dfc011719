/** What a run of `txnid bench` has measured, for people and for programs. Pure. */

import { aligned } from '../cli/aligned.js';
import type { LatencyBand } from './latencies.js';

export interface BenchReport {
  /** IP and port. */
  readonly server: string;
  readonly port: 'session' | 'one-shot';
  readonly connections: number;
  /** Requests in flight on each connection. */
  readonly depth: number;
  /** Requests a second that were asked for; null for as many as were answered. */
  readonly rate: number | null;
  readonly seconds: number;
  readonly numbers: number;
  readonly failed: number;
  /** Requests that were due and not sent, since those before them were not answered. */
  readonly unsent: number;
  /** What breaks the promise, if something does. */
  readonly violation: string | null;
  /** Distance of two numbers, as far as it is known. */
  readonly increment: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  readonly bands: readonly LatencyBand[];
  /** Time that this program itself has spent on a CPU. */
  readonly ownCpuSeconds: number;
}

const barColumnsMax = 40;

export function reportLines(report: BenchReport): string[] {
  const { server, port, numbers, seconds, failed, unsent, latencyMs } = report;
  const late = unsent === 0 ? '' : `, ${unsent} not sent in time`;
  const { p50, p99, p999, max } = latencyMs;
  const latency = `p50 ${ms(p50)}  p99 ${ms(p99)}  p99.9 ${ms(p999)}  max ${ms(max)} ms`;
  return [
    ...aligned([
      ['server', `${server}, ${port} port`],
      ['load', loadText(report)],
      [
        'numbers',
        `${numbers} in ${seconds.toFixed(2)} s, ${Math.round(numbers / seconds)} a second`,
      ],
      ['failed', `${failed}${late}`],
      ['checked', checkedText(report)],
      ['latency', latency],
    ]),
    ...bandLines(report.bands),
    ...aligned([['own CPU', ownCpuText(report)]]),
  ];
}

/** One JSON object; what is not a count or a time is as in the other commands. */
export function reportJson({ bands, ...report }: BenchReport): string {
  const { numbers, failed, unsent } = report;
  const counts = { numbers: String(numbers), failed: String(failed), unsent: String(unsent) };
  const perSecond = Math.round(numbers / report.seconds);
  const histogram = bands.map(({ toMs, count }) => ({ toMs, count: String(count) }));
  return JSON.stringify({ ...report, ...counts, perSecond, histogram });
}

function loadText({ connections, depth, port, rate }: BenchReport): string {
  const inFlight = port === 'session' ? `, ${depth} in flight on each` : ' at once';
  const pace = rate === null ? 'as fast as they are answered' : `${rate} requests a second`;
  return `${connections} connections${inFlight}, ${pace}`;
}

function checkedText({ violation, numbers, increment }: BenchReport): string {
  if (violation !== null) return `FAILED: ${violation}`;
  if (numbers === 0) return 'nothing: no number came';
  return `no number twice, none out of order, all a multiple of ${increment} apart`;
}

function ownCpuText({ ownCpuSeconds, numbers, seconds }: BenchReport): string {
  const share = `${Math.round((ownCpuSeconds / seconds) * 100)}% of one CPU`;
  if (numbers === 0) return share;
  return `${((ownCpuSeconds / numbers) * 1e6).toFixed(3)} us a number, ${share}`;
}

/** A bar for each band, as long as its share of all. */
function bandLines(bands: readonly LatencyBand[]): string[] {
  const all = bands.reduce((sum, { count }) => sum + count, 0);
  const bounds = bands.map(({ toMs }) => ms(toMs));
  const width = Math.max(0, ...bounds.map((bound) => bound.length));
  return bands.map(({ count }, index) => {
    const share = count / all;
    const bar = '#'.repeat(Math.ceil(share * barColumnsMax));
    const percent = (share * 100).toFixed(2).padStart(6);
    return `  to ${bounds[index]?.padStart(width)} ms  ${percent}%  ${bar}`.trimEnd();
  });
}

/** Milliseconds, to the microsecond. */
function ms(value: number): string {
  return value.toFixed(3);
}
