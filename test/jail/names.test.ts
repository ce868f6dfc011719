/** A service that cannot see its confdir any more is told by the kernel what is done to its file there. */

import assert from 'node:assert/strict';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../support/processes/daemon.js';
import { exchanges } from '../support/processes/exchanged-names.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { jailKinds, needsRoot, newPlace } from './place.js';

for (const kind of jailKinds) {
  for (const [what, act] of Object.entries(exchanges)) {
    test(
      `in the jail ${kind}: a file that is ${what} ends the service, asked or not`,
      needsRoot,
      async () => {
        const place = await newPlace(kind);
        const daemon = await Daemon.start(place);
        act(join(place.confdir, 'txnid.dat'));
        const ended = await daemon.process.endedInTime();
        assertRefused(ended, 69, /^txnid: Cannot save progress: .*txnid\.dat was .* while this/);
      },
    );
  }

  for (const [who, mode] of [
    ['that it cannot search', 0o750],
    ['that it can search', 0o755],
  ] as const) {
    test(
      `in the jail ${kind}: what happens to other names in a confdir ${who} is no matter`,
      needsRoot,
      async () => {
        const place = await newPlace(kind);
        chmodSync(place.confdir, mode);
        const daemon = await Daemon.start(place);
        const other = join(place.confdir, 'txnid.dat.txt');
        writeFileSync(other, 'a note');
        renameSync(other, `${other}.2`);
        rmSync(`${other}.2`);
        chmodSync(join(place.confdir, 'txnid.dat'), 0o600);
        await askNumbers(place.port, 10);
        assert.equal((await daemon.stop()).code, 0);
      },
    );
  }
}
