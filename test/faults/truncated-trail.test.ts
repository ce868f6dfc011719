/** An audit trail that lacks lines: noticed at the next start, logged, entered, and served over. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { eventNames } from '../support/fixtures/audit-lines.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { assertRefused, faultsOf } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';

test('lines removed from the end are found by audit -verify, then by the start, which serves', async () => {
  const instance = await newInstance('-threads', '1');
  const { confdir } = instance;
  const path = join(confdir, 'txnid.audit');
  const verify = async () => await runTxnid(['audit', '-verify', '-confdir', confdir]);
  await (await Daemon.start(instance)).stop();
  const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
  writeFileSync(path, lines.slice(0, -1).join(''));
  const lacking =
    /^txnid: The audit trail .* lacks lines that the progress file knows of: .*: compare/;
  assertRefused({ ...(await verify()), stdout: '' }, 65, lacking);
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 2n, 'nothing is burnt');
  assert.match(faultsOf(await daemon.stop()).join('\n'), lacking);
  const names = ['created', 'started', 'truncation found', 'started', 'stopped'];
  assert.deepEqual(eventNames(confdir), names);
  const { code, stdout } = await verify();
  assert.equal(code, 0);
  assert.match(stdout, /^whole: 5 events, 1 of them of lines that were missing before$/m);
});
