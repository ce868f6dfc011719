/** Load and abuse, small: the whole size is `npm run load`. */

import { describe, test } from 'node:test';
import { scenarios, smokeSizes } from './scenarios.js';

// Most of them wait for something most of the time.
describe('it holds against', { concurrency: 4 }, () => {
  for (const [name, run] of scenarios(smokeSizes)) {
    test(name, async (t) => {
      t.diagnostic(await run());
    });
  }
});
