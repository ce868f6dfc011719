import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AllowList } from '../../../src/server/accepting/acceptor.js';

const bits = (address: string): number =>
  address.split('.').reduce((sum, octet) => (sum << 8) | Number(octet), 0);

const cases: readonly [entries: string[], admitted: string[], refused: string[]][] = [
  [[], ['0.0.0.0', '255.255.255.255'], []],
  [['0.0.0.0/0'], ['0.0.0.0', '127.0.0.1', '255.255.255.255'], []],
  [['127.0.0.1'], ['127.0.0.1'], ['127.0.0.0', '127.0.0.2', '128.0.0.1']],
  [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  [['128.0.0.0/1'], ['128.0.0.0', '255.255.255.255'], ['127.255.255.255']],
  [
    ['192.0.2.6/31', '10.1.2.3/32'],
    ['192.0.2.7', '10.1.2.3'],
    ['192.0.2.8', '10.1.2.2'],
  ],
];

for (const [entries, admitted, refused] of cases) {
  test(`[${entries}] admits whom it names`, () => {
    const list = new AllowList(entries);
    for (const peer of admitted) assert.equal(list.admits(bits(peer)), true, peer);
    for (const peer of refused) assert.equal(list.admits(bits(peer)), false, peer);
  });
}
