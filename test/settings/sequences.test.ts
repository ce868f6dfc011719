/** The setting sequences: which names there may be, and how they are saved. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceLine, differencesFrom, parametersOf } from '../../src/settings/difference.js';
import { savedNamesBytesMax } from '../../src/settings/limits.js';
import { errorOf, resolveWritten, type Written } from './resolve.js';

const host = { cpuCount: 2, startsAsRoot: false, confdir: '/etc/txnidserver' };

function namesOf(written: Written): readonly string[] {
  return resolveWritten(written).values.sequences;
}

function faultsOf(written: Written): string[] {
  return errorOf(() => resolveWritten(written)).message.split('\n');
}

test('names are taken from every layer, in their order', () => {
  assert.deepEqual(namesOf({}), []);
  assert.deepEqual(namesOf({ yaml: 'sequences: [orders, in.voices]' }), ['orders', 'in.voices']);
  assert.deepEqual(namesOf({ flags: ['-sequences=b,a,C'] }), ['b', 'a', 'C']);
});

test('a name is 1 to 64 of its characters, and begins with a letter or digit', () => {
  const good = ['a', '7', 'A_b.c:d-e', 'x'.repeat(64), 'Default'];
  assert.deepEqual(namesOf({ flags: [`-sequences=${good.join()}`] }), good);
  const bad = ['.hidden', '-x', '_x', ':x', '..', 'a b', 'a/b', 'ä', 'x'.repeat(65)];
  const faults = faultsOf({ flags: [`-sequences=${bad.join()}`] });
  assert.equal(faults.length, bad.length);
  const rule = 'must be 1 to 64 of A-Z a-z 0-9 _ . : - beginning with a letter or digit';
  for (const [index, fault] of faults.entries()) {
    // A long one is shown cut.
    const shown = (bad[index] ?? '').slice(0, 50);
    assert.ok(fault.startsWith(`-sequences: sequences is "${shown}`), fault);
    assert.ok(fault.endsWith(`: ${rule}`), fault);
  }
});

test('the name of the instance itself, one given twice, and more than a thousand are faults', () => {
  assert.deepEqual(faultsOf({ yaml: 'sequences: [orders, default, orders]' }), [
    'txnid.yaml:1:21: sequences is "default": must be left out: default is always served',
    'txnid.yaml:1:30: sequences is "orders": must be given once',
  ]);
  const many = Array.from({ length: 1001 }, (_, index) => `n${index}`);
  assert.equal(namesOf({ flags: [`-sequences=${many.slice(1).join()}`] }).length, 1000);
  assert.deepEqual(faultsOf({ flags: [`-sequences=${many.join()}`] }), [
    '-sequences: sequences is a list of 1001: must be a list of at most 1000 names such as orders',
  ]);
  assert.deepEqual(faultsOf({ yaml: 'sequences: orders' }), [
    'txnid.yaml:1:12: sequences is the text "orders": must be a list of at most 1000 names such as orders, in brackets, such as [orders, invoices]',
  ]);
});

test('many names are saved as their hash, which tells any other set and no other order', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `sequence-${index}`);
  const saved = parametersOf(resolveWritten({ flags: [`-sequences=${names.join()}`] }).values);
  assert.match(String(saved.sequences), /^1000 names, sha256 [0-9a-f]{64}$/);
  const linesOf = (list: readonly string[], record = saved) =>
    differencesFrom(record, resolveWritten({ flags: [`-sequences=${list.join()}`] }), host).map(
      differenceLine,
    );
  assert.deepEqual(linesOf([...names].reverse()), []);
  const other = linesOf([...names.slice(1), 'sequence-x']);
  assert.match(
    other.join('\n'),
    /^sequences is 1000 names, sha256 .* the saved value is 1000 names, sha256 /,
  );
  assert.match(
    linesOf(['orders'])[0] ?? '',
    /^sequences is \[orders\] \(-sequences\), the saved value is 1000 names/,
  );
  const few = parametersOf(resolveWritten({ flags: ['-sequences=b,a'] }).values);
  assert.deepEqual(few.sequences, ['b', 'a']);
  assert.deepEqual(linesOf(['a', 'b'], few), []);
});

test('what is saved of names stays small', () => {
  for (const count of [1, 10, 25, 1000]) {
    const names = Array.from({ length: count }, (_, index) => `sequence-${index}`);
    const { sequences } = parametersOf(
      resolveWritten({ flags: [`-sequences=${names.join()}`] }).values,
    );
    assert.ok(JSON.stringify(sequences).length <= savedNamesBytesMax);
  }
});
