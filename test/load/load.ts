/**
 * Loads and abuses the real program at full size: `npm run load`. A line for each scenario, with what
 * was measured; ends with 1 when one does not hold.
 *
 * usage: node dist/test/load/load.js [PART OF A SCENARIO'S NAME]
 */

import { scenarios, wholeSizes } from './scenarios.js';

const [part = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

for (const [name, run] of scenarios(wholeSizes)) {
  if (!name.includes(part)) continue;
  try {
    say(`${name}: ${await run()}`);
  } catch (error) {
    say(`${name}: FAILED: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}
