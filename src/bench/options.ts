/** The flags of `txnid bench`. Pure. */

import { type Fault, TxnidError } from '../errors.js';

export interface BenchOptions {
  readonly connections: number;
  /** Requests in flight on each connection to the session port. */
  readonly depth: number;
  readonly seconds: number;
  /** Requests a second over all connections; undefined for as many as are answered. */
  readonly rate: number | undefined;
}

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** What each flag may be; decimals are allowed where a whole number is not needed. */
const limits = {
  connections: { min: 1, max: 10_000 },
  depth: { min: 1, max: 10_000 },
  seconds: { min: 0.1, max: 3600 },
  rate: { min: 1, max: 10_000_000 },
} satisfies Record<string, Limits>;

const connectionsDefault = 50;
const depthDefault = 1;
const secondsDefault = 5;

/** Throws a `command-line` error with every fault. */
export function benchOptions(
  switches: ReadonlyMap<string, string | boolean>,
  hasSessionPort: boolean,
): BenchOptions {
  const faults: Fault[] = [];
  const numberOf = (name: keyof typeof limits): number | undefined => {
    const text = switches.get(name);
    if (text === undefined) return undefined;
    const number = /^\d{1,8}(\.\d{1,3})?$/.test(String(text)) ? Number(text) : Number.NaN;
    const fault = faultOf(name, String(text), number);
    if (fault !== undefined) faults.push(fault);
    return number;
  };
  const connections = numberOf('connections') ?? connectionsDefault;
  const depth = numberOf('depth');
  const seconds = numberOf('seconds') ?? secondsDefault;
  const rate = numberOf('rate');
  if (depth !== undefined && !hasSessionPort) faults.push(depthWithoutSession);
  if (faults.length > 0) throw new TxnidError('command-line', faults);
  return { connections, depth: depth ?? depthDefault, seconds, rate };
}

const depthWithoutSession: Fault = {
  what: 'Cannot keep requests in flight on the one-shot port (-depth)',
  remedy: 'give the session-port too, or leave -depth out',
};

function faultOf(name: keyof typeof limits, text: string, number: number): Fault | undefined {
  const { min, max } = limits[name];
  const isWhole = min < 1 || Number.isInteger(number);
  if (number >= min && number <= max && isWhole) return undefined;
  const kind = min < 1 ? 'a number' : 'a whole number';
  return {
    what: `-${name} is ${JSON.stringify(text)}`,
    remedy: `must be ${kind}, ${min} to ${max}`,
  };
}
