/**
 * A server that has used up its descriptors before its first client comes. Says `port N`, then
 * `shortage WHAT` for each shortage it is told of, and `stopped` at the end. Reads commands:
 * `feed` gives descriptors back, `stop` stops. Run it with a low `ulimit -n`.
 */

import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { holding } from './one-shot/serving.js';

const say = (line: string) => process.stdout.write(`${line}\n`);
const descriptors: number[] = [];

function starve(): void {
  try {
    for (;;) descriptors.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
  }
}

const { port, go, stop } = await holding({
  count: 3,
  onShortage: ({ what, remedy }) => say(`shortage ${what}: ${remedy}`),
});
createInterface(process.stdin).on('line', async (command) => {
  if (command === 'feed') for (const fd of descriptors.splice(0)) closeSync(fd);
  if (command !== 'stop') return;
  await stop();
  say('stopped');
  process.exit(0);
});
// Before they go: a thread that is blocked in accept has its next descriptor already.
starve();
go();
say(`port ${port}`);
