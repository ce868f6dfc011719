import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchOptions } from '../../src/bench/options.js';
import { TxnidError } from '../../src/errors.js';

test('without flags it asks over 50 connections for 5 seconds, as fast as it goes', () => {
  const usual = { connections: 50, depth: 1, seconds: 5, rate: undefined };
  assert.deepEqual(benchOptions(new Map(), false), usual);
});

test('every flag is taken up to its limits', () => {
  for (const [connections, depth, seconds, rate] of [
    ['1', '1', '0.1', '1'],
    ['10000', '10000', '3600', '10000000'],
  ] as const) {
    const given = new Map(Object.entries({ connections, depth, seconds, rate }));
    const numbers = Object.fromEntries([...given].map(([name, text]) => [name, Number(text)]));
    assert.deepEqual(benchOptions(given, true), numbers);
  }
});

for (const [name, text, allowed] of [
  ['connections', '0', 'a whole number, 1 to 10000'],
  ['connections', '10001', 'a whole number, 1 to 10000'],
  ['depth', '1.5', 'a whole number, 1 to 10000'],
  ['seconds', '0.09', 'a number, 0.1 to 3600'],
  ['seconds', '1e3', 'a number, 0.1 to 3600'],
  ['rate', '-1', 'a whole number, 1 to 10000000'],
] as const) {
  test(`-${name} ${text} is refused`, () => {
    assert.throws(
      () => benchOptions(new Map([[name, text]]), true),
      new TxnidError('command-line', [
        { what: `-${name} is "${text}"`, remedy: `must be ${allowed}` },
      ]),
    );
  });
}

test('all faults are told at once, and a depth without a session port is one', () => {
  const given = new Map([
    ['depth', '16'],
    ['rate', 'x'],
  ]);
  assert.throws(
    () => benchOptions(given, false),
    (error: TxnidError) => error.faults.length === 2 && error.exitCode === 64,
  );
});
