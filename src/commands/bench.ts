/**
 * `txnid bench`: load on a running server, over the session port where there is one, else over the
 * one-shot port. Every number that comes is checked: unique, in order, of one progression. Connects
 * to nothing but that port. Other clients may ask the same server; another server may not, such as
 * behind a proxy that spreads connections.
 */

import { type LoadOptions, type LoadResult, runLoad } from '../bench/load.js';
import { type BenchOptions, benchOptions } from '../bench/options.js';
import { type BenchReport, reportJson, reportLines } from '../bench/report.js';
import type { CommandContext } from '../cli/command.js';
import { connect } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { askOneShot } from '../client/one-shot.js';
import { failure } from '../errors.js';
import { endpointText } from '../ip-address.js';
import { defaultName } from '../sequence/name.js';
import type { SettingsValues } from '../settings/table.js';
import { sequenceAsked } from './sequence-asked.js';
import {
  clientSettings,
  hostOf,
  refuseUnnamedPort,
  unavailable,
  wondering,
} from './server-asked.js';

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

export async function bench(context: CommandContext): Promise<number> {
  const { values } = await clientSettings(context);
  const { switches } = context.commandLine;
  const options = benchOptions(switches, values['session-port'] !== 0);
  const sequence = sequenceAsked(context);
  refuseUnnamedPort(values, sequence);
  const order = await orderFor(values, options, sequence);
  const before = process.cpuUsage();
  const result = await runUntilSignal(order);
  const { user, system } = process.cpuUsage(before);
  const report = reportOf(order, result, (user + system) / 1e6);
  const isJson = switches.get('json') === true;
  for (const line of isJson ? [reportJson(report)] : reportLines(report)) context.print(line);
  const error = errorOf(report, result);
  if (error !== undefined) throw error;
  return 0;
}

type Order = Omit<LoadOptions, 'signal'>;

/** Asks for one number as a client does: whether there is a server, and where its progression is. */
async function orderFor(
  values: SettingsValues,
  options: BenchOptions,
  sequence: string | undefined,
): Promise<Order> {
  const { connections, seconds, rate: perSecond } = options;
  const ip = hostOf(values);
  const sessionPort = values['session-port'];
  const load = { ip, connections, seconds, perSecond, sequence };
  try {
    if (sessionPort === 0) {
      const after = await wondering(ip, values.port, askOneShot({ host: ip, port: values.port }));
      // This port does not tell the increment.
      return { ...load, port: values.port, depth: undefined, after, step: values.increment };
    }
    const { last, increment } = await oneNumber(ip, sessionPort, sequence);
    const { depth } = options;
    return { ...load, port: sessionPort, depth, after: last, step: Number(increment) };
  } catch (error) {
    throw error instanceof ClientError ? unavailable(error) : error;
  }
}

async function oneNumber(host: string, port: number, sequence = defaultName) {
  const client = await connect({ host, port });
  try {
    return await client.sequence(sequence).take(1);
  } finally {
    await client.close();
  }
}

/** A signal ends the run early, and what was measured is told. */
async function runUntilSignal(order: Order): Promise<LoadResult> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of stopSignals) process.on(signal, abort);
  try {
    return await runLoad({ ...order, signal: controller.signal });
  } finally {
    for (const signal of stopSignals) process.off(signal, abort);
  }
}

function reportOf(order: Order, result: LoadResult, ownCpuSeconds: number): BenchReport {
  const { check, latencies } = result;
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => latencies.percentileMs(share));
  return {
    server: endpointText(order.ip, order.port),
    port: order.depth === undefined ? 'one-shot' : 'session',
    connections: order.connections,
    depth: order.depth ?? 1,
    rate: order.perSecond ?? null,
    seconds: result.tookMs / 1000,
    numbers: result.numbers,
    failed: result.failed,
    unsent: result.unsent,
    violation: check.violation ?? null,
    increment: order.step,
    latencyMs: { p50: p50 ?? 0, p99: p99 ?? 0, p999: p999 ?? 0, max: latencies.maxMs },
    bands: latencies.bands(),
    ownCpuSeconds,
  };
}

function errorOf({ server, violation, failed }: BenchReport, { reason }: LoadResult) {
  if (violation !== null) {
    const what = `The numbers of ${server} break the promise: ${violation}`;
    const remedy = 'stop it, keep its confdir as it is, and see that it is one server, and a txnid';
    return failure('violation', what, remedy);
  }
  if (failed === 0) return undefined;
  const what = `${failed} requests to ${server} brought no number, the last one since ${reason}`;
  return failure('unavailable', what, 'see the log of txnid there, and its max-sessions');
}
