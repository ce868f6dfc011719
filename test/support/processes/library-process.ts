/**
 * A program that embeds the generator, to be killed by a test: prints every number that `next` gives,
 * a line each. Arguments: confdirs, one sequence each, then `increment` as the last one.
 */

import { writeSync } from 'node:fs';
import { openSequence } from '../../../src/index.js';

const stdoutFd = 1;
const block = 64;

const confdirs = process.argv.slice(2, -1);
const increment = Number(process.argv.at(-1));
const sequences = await Promise.all(
  confdirs.map((confdir) => openSequence({ confdir, instance: 1, increment })),
);

let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});

while (!isStopping) {
  const lines = sequences.map((sequence, index) =>
    Array.from({ length: block }, () => `${index} ${sequence.next()}\n`).join(''),
  );
  writeAll(lines.join(''));
  await new Promise((resolve) => setImmediate(resolve));
}
for (const sequence of sequences) await sequence.close();

/** A pipe that is full takes the rest later. */
function writeAll(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(stdoutFd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
