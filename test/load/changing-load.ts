/**
 * Loads that come and go on both ports at once: from next to nothing to all that the machine can do, and back. So
 * threads of the one-shot port are called and park while numbers are claimed on the session port too. Every number
 * that came is judged afterwards, over all clients together.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { whileServing } from './serving.js';

/** Connections to the one-shot port and to the session port, of each phase. */
const phases = [
  [1, 1],
  [64, 1],
  [64, 16],
  [1, 16],
  [1, 1],
  [64, 64],
  [1, 1],
] as const;

/** What one phase of one port got: when each number was asked for and came, and the numbers. */
class Receipts {
  readonly asked: bigint[] = [];
  readonly came: bigint[] = [];
  readonly numbers: bigint[] = [];

  add(path: string): void {
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    const words = new BigUint64Array(buffer.slice(byteOffset, byteOffset + byteLength));
    for (let place = 0; place < words.length; place += 3) {
      this.asked.push(words[place] ?? 0n);
      this.came.push(words[place + 1] ?? 0n);
      this.numbers.push(words[place + 2] ?? 0n);
    }
  }
}

/** Throws where a number came twice, or one that was asked for after another had come is not above it. */
export function judge({
  asked,
  came,
  numbers,
}: Pick<Receipts, 'asked' | 'came' | 'numbers'>): void {
  const order = Uint32Array.from(numbers.keys()).sort((one, other) =>
    Number((numbers[other] ?? 0n) - (numbers[one] ?? 0n)),
  );
  let earliest = 2n ** 64n;
  let above: bigint | undefined;
  for (const place of order) {
    const number = numbers[place] ?? 0n;
    assert.notEqual(number, above, `${number} came twice`);
    assert.ok(
      (asked[place] ?? 0n) <= earliest,
      `${number} was asked for after a larger one had come`,
    );
    const at = came[place] ?? 0n;
    if (at < earliest) earliest = at;
    above = number;
  }
}

export async function changingLoad(program: string, seconds: number): Promise<string> {
  const directory = freshDirectory();
  return await whileServing({}, async ({ port, sessionPort }) => {
    const receipts = new Receipts();
    const told: string[] = [];
    for (const [phase, [oneShots, sessions]] of phases.entries()) {
      const load = async (kind: string, to: number, connections: number): Promise<number> => {
        const file = join(directory, `${phase} ${kind}`);
        const values = [kind, to, connections, seconds, file].map(String);
        const { stdout } = await promisify(execFile)(program, values);
        const [count = 0, failed = 0] = stdout.split(' ').map(Number);
        assert.equal(failed, 0, `${kind}, phase ${phase}: ${failed} without a number`);
        assert.ok(count > 0, `${kind}, phase ${phase}: no number at all`);
        receipts.add(file);
        return count;
      };
      const counts = await Promise.all([
        load('one-shot', port, oneShots),
        load('session', sessionPort, sessions),
      ]);
      told.push(counts.map((count) => Math.round(count / seconds)).join('+'));
    }
    judge(receipts);
    return `${receipts.numbers.length} numbers, each once and in order; a second: ${told.join(', ')}`;
  });
}
