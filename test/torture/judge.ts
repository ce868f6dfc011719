/**
 * What is wrong with the numbers that the clients of a cluster got: one twice, whoever handed it out;
 * one off its instance's progression; one that is not above all that were received before it was asked
 * for, or before it on its connection. Pure.
 */

import { lastOf, type Receipt } from './recording.js';

/** Receipts of each instance, in the order in which they came. */
export type Recordings = ReadonlyMap<number, readonly Receipt[]>;

/** The faults, each a line for people; none is what one hopes for. */
export function judge(increment: number, recordings: Recordings): string[] {
  return [
    ...[...recordings].flatMap(([instance, receipts]) => [
      ...offProgression(instance, increment, receipts),
      ...outOfOrder(instance, receipts),
    ]),
    ...repeats(increment, recordings),
  ];
}

function offProgression(instance: number, increment: number, receipts: readonly Receipt[]) {
  const isOff = ({ first, increment: step }: Receipt) => {
    const distance = first - BigInt(instance);
    return step !== BigInt(increment) || distance < 0n || distance % BigInt(increment) !== 0n;
  };
  return receipts.filter(isOff).map((receipt) => `${told(instance, receipt)}: off its progression`);
}

function outOfOrder(instance: number, receipts: readonly Receipt[]): string[] {
  const faults: string[] = [];
  /** The highest of the first so many receipts. */
  const highest: bigint[] = [-1n];
  const lastOfClient = new Map<number, bigint>();
  for (const [index, receipt] of receipts.entries()) {
    const { client, askedAfter, first } = receipt;
    const bound = highest[askedAfter] ?? -1n;
    const previous = lastOfClient.get(client) ?? -1n;
    if (first <= bound) faults.push(`${told(instance, receipt)}: ${bound} was received before`);
    if (first <= previous) faults.push(`${told(instance, receipt)}: ${previous} came before it`);
    const last = lastOf(receipt);
    const before = highest[index] ?? -1n;
    highest.push(last > before ? last : before);
    lastOfClient.set(client, last);
  }
  return faults;
}

/** Numbers of one residue class: their places in it, whoever handed them out. */
interface Span {
  readonly instance: number;
  readonly receipt: Receipt;
  readonly start: bigint;
  readonly end: bigint;
}

function repeats(increment: number, recordings: Recordings): string[] {
  const classes = new Map<bigint, Span[]>();
  for (const [instance, receipts] of recordings) {
    for (const receipt of receipts) {
      const residue = receipt.first % BigInt(increment);
      const start = receipt.first / BigInt(increment);
      const span = { instance, receipt, start, end: start + receipt.count };
      const spans = classes.get(residue);
      if (spans === undefined) classes.set(residue, [span]);
      else spans.push(span);
    }
  }
  return [...classes.values()].flatMap(overlaps);
}

function overlaps(spans: Span[]): string[] {
  const faults: string[] = [];
  spans.sort((a, b) => Number(a.start > b.start) - Number(a.start < b.start));
  let furthest = spans[0];
  for (const span of spans.slice(1)) {
    if (furthest !== undefined && span.start < furthest.end) {
      const other = told(furthest.instance, furthest.receipt);
      faults.push(`${told(span.instance, span.receipt)}: twice, also in ${other}`);
    }
    if (furthest === undefined || span.end > furthest.end) furthest = span;
  }
  return faults;
}

function told(instance: number, { client, first, increment, count }: Receipt): string {
  const range = count === 1n ? `${first}` : `${first}+${increment}*${count}`;
  return `instance ${instance}, client ${client}, ${range}`;
}
