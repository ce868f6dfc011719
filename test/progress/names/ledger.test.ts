import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Choice } from '../../../src/progress/file/choice.js';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { NamesLedger, olderThanKnown } from '../../../src/progress/names/ledger.js';
import { recordOf, temporaryDirectories } from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('ledger');
const read = (confdir: string) => NamesLedger.read(confdir, realFileSystem);
const pathOf = (confdir: string) => join(confdir, 'txnid.names');

test('the highest that was noted of each name is known, to this process and the next', async () => {
  const confdir = newDirectory();
  const ledger = read(confdir);
  const orders = ledger.of('orders');
  assert.equal(orders.known, undefined);
  orders.note({ generation: 4, next: 10n });
  await orders.noteInBackground({ generation: 6, next: 12n });
  ledger.of('tickets').note({ generation: 1, next: 2n ** 64n });
  orders.note({ generation: 5, next: 20n });
  for (const known of [orders.known, read(confdir).of('orders').known]) {
    assert.deepEqual(known, { generation: 6, next: 20n });
  }
  assert.deepEqual(read(confdir).of('tickets').known, { generation: 1, next: 2n ** 64n });
  assert.equal(statSync(pathOf(confdir)).mode & 0o777, 0o600);
});

test('two processes that append lose nothing of each other', () => {
  const confdir = newDirectory();
  const [one, other] = [read(confdir), read(confdir)];
  for (const ledger of [one, other]) ledger.create();
  one.of('a').note({ generation: 1, next: 1n });
  other.of('b').note({ generation: 2, next: 2n });
  one.of('a').note({ generation: 3, next: 3n });
  for (const ledger of [one, other]) ledger.close();
  assert.deepEqual(read(confdir).of('a').known, { generation: 3, next: 3n });
  assert.deepEqual(read(confdir).of('b').known, { generation: 2, next: 2n });
});

test('what a crash or a disk has left of a line is passed over, at every byte of it', () => {
  const confdir = newDirectory();
  read(confdir).of('orders').note({ generation: 17, next: 1234n });
  const whole = readFileSync(pathOf(confdir));
  read(confdir).of('orders').note({ generation: 99, next: 5678n });
  const both = readFileSync(pathOf(confdir));
  for (let length = whole.length; length < both.length; length++) {
    writeFileSync(pathOf(confdir), both.subarray(0, length));
    const known = read(confdir).of('orders').known;
    assert.deepEqual(known, { generation: 17, next: 1234n }, `${length} bytes`);
    // The next line is whole all the same, and what is left of this one says no more than it did.
    read(confdir).of('orders').note({ generation: 18, next: 1300n });
    const { generation, next } = read(confdir).of('orders').known ?? { generation: 0, next: 0n };
    assert.ok(generation >= 18 && generation <= 99 && next >= 1300n && next <= 5678n);
  }
  writeFileSync(pathOf(confdir), Buffer.concat([whole, Buffer.alloc(500), both]));
  assert.deepEqual(read(confdir).of('orders').known, { generation: 99, next: 5678n });
});

test('a file that is mostly of the past is written anew, with the same knowledge', () => {
  const confdir = newDirectory();
  const ledger = read(confdir);
  ledger.compact();
  ledger.of('other').note({ generation: 7, next: 8n });
  ledger.compact();
  const small = statSync(pathOf(confdir)).ino;
  const lines = Array.from({ length: 20_000 }, (_, at) => `\norders ${at + 1} ${3 * at}\n`);
  appendFileSync(pathOf(confdir), lines.join(''));
  const full = read(confdir);
  full.compact();
  assert.notEqual(statSync(pathOf(confdir)).ino, small);
  assert.ok(statSync(pathOf(confdir)).size < 100);
  full.of('orders').note({ generation: 30_000, next: 60_000n });
  assert.deepEqual(read(confdir).of('orders').known, { generation: 30_000, next: 60_000n });
  assert.deepEqual(read(confdir).of('other').known, { generation: 7, next: 8n });
});

test('what is in its place and is no file is refused, with the way out', () => {
  const [linked, directory] = [newDirectory(), newDirectory()];
  symlinkSync('/dev/null', pathOf(linked));
  mkdirSync(pathOf(directory));
  for (const confdir of [linked, directory]) {
    const refusal = {
      code: 'state',
      message: /txnid\.names: it is a link, or no regular file: move it/,
    };
    assert.throws(() => read(confdir), refusal);
  }
  const absent = join(newDirectory(), 'absent');
  assert.throws(() => read(absent).of('orders').note({ generation: 1, next: 1n }), {
    code: /save|settings/,
  });
});

test('a record is older by its generation or by its position; one that lost its neighbour by one more', () => {
  const choice = (generation: number, next: bigint, isNeighbourIntact = true): Choice => ({
    record: recordOf({ generation, next, reserved: next, ceiling: next }),
    slot: 0,
    isNeighbourIntact,
  });
  const known = { generation: 5, next: 50n };
  assert.equal(olderThanKnown(choice(1, 1n), undefined), undefined);
  assert.equal(olderThanKnown(choice(5, 50n), known), undefined);
  assert.equal(olderThanKnown(choice(4, 50n, false), known), undefined);
  assert.match(
    olderThanKnown(choice(4, 50n), known) ?? '',
    /its generation is 4, txnid\.names knows 5/,
  );
  assert.match(olderThanKnown(choice(3, 60n, false), known) ?? '', /its generation is 3/);
  assert.match(
    olderThanKnown(choice(9, 49n), known) ?? '',
    /it goes on from 49, txnid\.names knows 50/,
  );
});
