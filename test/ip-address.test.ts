import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addressText,
  isInNetwork,
  networkText,
  parseAddress,
  parseNetwork,
  unmapped,
} from '../src/ip-address.js';

const forms: [text: string, canonical: string][] = [
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['0001::00ab', '1::ab'],
  ['10:100::', '10:100::'],
  ['1.2.3.4', '1.2.3.4'],
];

for (const [text, canonical] of forms) {
  test(`${text} is ${canonical}`, () => {
    assert.equal(addressText(parseAddress(text) ?? assert.fail()), canonical);
  });
}

const none =
  '|:|:::|1::2::3|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|12345::|::g|1.2.3|01.2.3.4|256.1.1.1|fe80::1%eth0|::1.2.3.4:5|1:2:3:4:5:6:7::8|[::1]| ::1|::1 |1.2.3.4::';

test('what is no address is none', () => {
  for (const text of none.split('|')) assert.equal(parseAddress(text), undefined, text);
});

const piece = fc.constantFrom(':', '::', '0', 'f', 'ffff', '10', '1.2.3.4', '.', '255', '256', 'g');

test('any text is an address here exactly where Node takes it for one', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
      const text = pieces.join('');
      assert.equal(parseAddress(text) !== undefined, isIPv4(text) || isIPv6(text), text);
    }),
    { numRuns: 20_000 },
  );
});

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const sparse = (length: number) =>
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: length, maxLength: length })
    .map((array) => Uint8Array.from(array));

test('an address that is written is read as itself', () => {
  fc.assert(
    fc.property(fc.oneof(bytes(16), bytes(4), sparse(16)), (address) => {
      assert.deepEqual(parseAddress(addressText(address)), address);
      const text = addressText(address);
      assert.ok(isIPv4(text) || isIPv6(text), text);
    }),
    { numRuns: 2000 },
  );
});

test('who is in a network is so for Node too, and a network is what its text says', () => {
  const property = (length: 4 | 16) =>
    fc.property(
      sparse(length),
      sparse(length),
      fc.integer({ min: 0, max: 8 * length }),
      (address, peer, prefix) => {
        const list = new BlockList();
        const family = length === 4 ? 'ipv4' : 'ipv6';
        list.addSubnet(addressText(address), prefix, family);
        const network = { address, prefix };
        assert.equal(isInNetwork(peer, network), list.check(addressText(peer), family));
        const again = parseNetwork(networkText(network)) ?? assert.fail();
        assert.equal(again.prefix, prefix);
        assert.equal(isInNetwork(peer, again), isInNetwork(peer, network));
        assert.equal(networkText(again), networkText(network));
      },
    );
  fc.assert(property(4), { numRuns: 1000 });
  fc.assert(property(16), { numRuns: 1000 });
});

test('blocks have a prefix that fits, or are none', () => {
  for (const text of [
    '::/129',
    '1.2.3.4/33',
    '::/',
    '::/01',
    '/8',
    '1.2.3.4/8/8',
    '::/-1',
    'x/8',
  ]) {
    assert.equal(parseNetwork(text), undefined, text);
  }
  assert.equal(
    isInNetwork(Uint8Array.of(1, 2, 3, 4), { address: new Uint8Array(16), prefix: 0 }),
    false,
  );
  assert.deepEqual(
    unmapped(parseAddress('::ffff:1.2.3.4') ?? assert.fail()),
    Uint8Array.of(1, 2, 3, 4),
  );
  assert.equal(unmapped(parseAddress('::1.2.3.4') ?? assert.fail()).length, 16);
});
