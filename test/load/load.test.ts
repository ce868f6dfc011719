/** Load and abuse, small: the whole size is `npm run load`. */

import { test } from 'node:test';
import { scenarios, smokeSizes } from './scenarios.js';

for (const [name, run] of scenarios(smokeSizes)) {
  test(`it holds against ${name}`, async (t) => {
    t.diagnostic(await run());
  });
}
