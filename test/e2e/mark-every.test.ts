/** The setting mark-every: what a crash of a quiet service burns. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { statusOf } from '../support/processes/status.js';

for (const [markEvery, increment] of [
  [1n, 1n],
  [10n, 1n],
  [10n, 32767n],
  [100n, 3n],
] as const) {
  test(`with mark-every ${markEvery} at increment ${increment} crashes of a quiet service burn at most so many`, async () => {
    const instance = await newInstance('-instance', '1', '-increment', String(increment));
    const marked = { ...instance, values: [...instance.values, '-mark-every', String(markEvery)] };
    // What a service with whole highs has reserved is given up by its clean stop.
    const daemon = await Daemon.start(instance);
    let last = daemon.first;
    await daemon.stop();
    for (const count of [0, 3, 12]) {
      const quiet = await Daemon.start(marked);
      const numbers = [quiet.first, ...(await askNumbers(instance.port, count))];
      const burnt = (quiet.first - last) / increment - 1n;
      assert.ok(burnt >= 0n && burnt <= markEvery, `${burnt} burnt before ${quiet.first}`);
      last = numbers.at(-1) ?? 0n;
      assert.equal(last, quiet.first + BigInt(count) * increment);
      await quiet.kill();
    }
    // It is compared with nothing: whoever takes it off goes on, and a clean stop is exact as ever.
    const again = await Daemon.start(instance);
    const burnt = (again.first - last) / increment - 1n;
    assert.ok(burnt >= 0n && burnt <= markEvery, `${burnt} burnt before ${again.first}`);
    await again.stop();
    const { next, clean } = await statusOf(instance.confdir);
    assert.deepEqual({ next, clean }, { next: String(again.first + increment), clean: true });
  });
}
