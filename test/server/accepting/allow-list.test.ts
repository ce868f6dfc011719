import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, unmapped } from '../../../src/ip-address.js';
import { AllowList } from '../../../src/server/accepting/acceptor.js';

const bytes = (address: string): Uint8Array =>
  unmapped(parseAddress(address) ?? assert.fail(`${address} is no address`));

const cases: readonly [entries: string[], admitted: string[], refused: string[]][] = [
  [[], ['0.0.0.0', '255.255.255.255'], []],
  [['0.0.0.0/0'], ['0.0.0.0', '127.0.0.1', '255.255.255.255'], []],
  [['127.0.0.1'], ['127.0.0.1'], ['127.0.0.0', '127.0.0.2', '128.0.0.1']],
  [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  [['128.0.0.0/1'], ['128.0.0.0', '255.255.255.255'], ['127.255.255.255']],
  [['10.0.0.0/8'], ['::ffff:10.1.2.3', '::ffff:a00:1'], ['::ffff:11.0.0.1', '::a00:1', '::']],
  [['::1'], ['::1', '0:0::1'], ['::2', '0.0.0.1', '::ffff:0.0.0.1']],
  [
    ['2001:db8::/33', '::/128'],
    ['2001:db8::', '2001:db8:7fff:ffff::1', '::'],
    ['2001:db8:8000::', '::1', '0.0.0.0'],
  ],
  [['::/0'], ['::', 'ffff::'], ['127.0.0.1', '::ffff:127.0.0.1']],
  [['0.0.0.0/0', '::/0'], ['::', '1.2.3.4'], []],
  [
    ['192.0.2.6/31', '10.1.2.3/32'],
    ['192.0.2.7', '10.1.2.3'],
    ['192.0.2.8', '10.1.2.2'],
  ],
];

for (const [entries, admitted, refused] of cases) {
  test(`[${entries}] admits whom it names`, () => {
    const list = new AllowList(entries);
    for (const peer of admitted) assert.equal(list.admits(bytes(peer)), true, peer);
    for (const peer of refused) assert.equal(list.admits(bytes(peer)), false, peer);
  });
}
