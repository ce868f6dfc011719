/** Use and abuse that goes on for long: memory stays flat. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SessionClient } from '../support/processes/session-client.js';
import { until } from '../support/processes/txnid-process.js';
import { type Serving, whileServing } from './serving.js';

/** Programs of test/bench that ask without end. */
export interface LoadPrograms {
  readonly oneShotLoad: string;
  readonly sessionLoad: string;
}

/** What heaps, buffers and the allocator may take more of while they find their size. */
const growthKibMax = 24 * 1024;
/** Unsent replies to one chunk of requests, the most that is kept for a session, and its share of Node. */
const blockedKibMax = 256;
const rangeCount = 1_000_000;

function assertFlat(beforeKib: number, afterKib: number): string {
  assert.ok(afterKib - beforeKib < growthKibMax, `resident ${beforeKib} KiB, then ${afterKib}`);
  return `resident ${beforeKib} KiB before, ${afterKib} after`;
}

async function askFor(seconds: number, program: string, values: readonly string[]) {
  const { stdout } = await promisify(execFile)(program, [...values, String(seconds)]);
  const { numbers, failed = 0 } = JSON.parse(stdout) as { numbers: number; failed?: number };
  assert.equal(failed, 0);
  return numbers;
}

/** So many numbers by one-shot connections. */
export async function oneShots({ oneShotLoad }: LoadPrograms, count: number): Promise<string> {
  return await whileServing({}, async ({ port, residentKib }) => {
    const load = (seconds: number) => askFor(seconds, oneShotLoad, [String(port), '64']);
    await load(0.3);
    const beforeKib = residentKib();
    let numbers = 0;
    while (numbers < count) numbers += await load(Math.min(10, count / 20_000));
    return `${numbers} numbers, ${assertFlat(beforeKib, residentKib())}`;
  });
}

/** So many numbers by pipelined requests, and as many by ranges. */
export async function dayOfNumbers({ sessionLoad }: LoadPrograms, count: number): Promise<string> {
  return await whileServing({}, async ({ sessionPort, residentKib }) => {
    const values = ['txnid', String(sessionPort), '50', '256'];
    const load = (seconds: number) => askFor(seconds, sessionLoad, values);
    await load(0.3);
    await takeRanges(sessionPort, 3);
    const beforeKib = residentKib();
    let numbers = 0;
    while (numbers < count) numbers += await load(Math.min(10, count / 20_000_000));
    const ranges = Math.ceil(count / rangeCount);
    await takeRanges(sessionPort, ranges);
    const flat = assertFlat(beforeKib, residentKib());
    return `${numbers} numbers one by one, ${ranges * rangeCount} in ranges, ${flat}`;
  });
}

async function takeRanges(sessionPort: number, count: number): Promise<void> {
  const session = await SessionClient.open(sessionPort);
  session.send(`${rangeCount}\x02`.repeat(count));
  await until(() => session.received.split('\x03').length - 1 === count, 'all ranges');
  session.socket.destroy();
}

/** Clients that ask and ask, and never read. */
export async function slowReaders(clients: number): Promise<string> {
  return await whileServing({ values: ['-max-sessions', '65536'] }, async (serving) => {
    const { sessionPort, residentKib, descriptors } = serving;
    const quick = await SessionClient.open(sessionPort);
    // Until it is answered the server may not have accepted it.
    await quick.ask('\x02');
    const before = { kib: residentKib(), descriptors: descriptors() };
    const opening = Array.from({ length: clients }, () => SessionClient.open(sessionPort));
    const slow = await Promise.all(opening);
    for (const client of slow) {
      client.socket.pause();
      client.send('\x02'.repeat(400_000));
    }
    await untilNothingMoves(quick, residentKib);
    const heldKib = residentKib() - before.kib;
    assert.ok(heldKib < clients * blockedKibMax + growthKibMax, `${heldKib} KiB are held`);
    for (const { socket } of slow) socket.resetAndDestroy();
    await until(() => descriptors() === before.descriptors, 'every descriptor is given back');
    quick.socket.destroy();
    return `${heldKib} KiB for ${clients} clients (${Math.round(heldKib / clients)} each)`;
  });
}

/** Until the server has read all that it will, which shows in the numbers; somebody else is served. */
async function untilNothingMoves(quick: SessionClient, residentKib: () => number): Promise<void> {
  let last = { number: '', kib: 0 };
  await until(async () => {
    const now = { number: await quick.ask('\x02'), kib: residentKib() };
    const isStill = BigInt(now.number.slice(0, -1)) - 1n === BigInt(last.number.slice(0, -1) || 0);
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return isStill;
  }, 'the end of reading');
}

/** Clients that reset their connection in the middle of what they asked for. */
export async function resetsInReplies(rounds: number): Promise<string> {
  return await whileServing({ values: ['-max-sessions', '8'] }, async (serving) => {
    const { residentKib, descriptors } = serving;
    const before = descriptors();
    await resetAll(serving, 50);
    const beforeKib = residentKib();
    await resetAll(serving, rounds);
    await until(() => descriptors() === before, 'every descriptor is given back');
    return `${rounds} resets, ${assertFlat(beforeKib, residentKib())}`;
  });
}

async function resetAll({ sessionPort }: Serving, rounds: number): Promise<void> {
  for (let left = rounds; left > 0; left--) {
    const client = await SessionClient.open(sessionPort);
    client.send('\x02'.repeat(50_000));
    await until(() => client.received !== '' || client.isClosed, 'the first replies');
    client.socket.resetAndDestroy();
  }
}
