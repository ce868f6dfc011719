import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterCalls } from '../../../src/host/jail/seccomp.js';

// Only what puts up no filter can be tried here: a filter would stay for the tests that follow.

test('where the calls are not known, auto goes without and says so', () => {
  const { isFiltering, warnings } = filterCalls('auto', 'refused', 'riscv64');
  assert.equal(isFiltering, false);
  assert.match(warnings[0]?.what ?? '', /^Cannot filter system calls: the system calls of riscv64/);
});

test('where the calls are not known, required refuses', () => {
  assert.throws(() => filterCalls('required', 'refused', 'riscv64'), { exitCode: 77 });
});

test('off asks for nothing', () => {
  assert.deepEqual(filterCalls('off', 'refused', 'riscv64'), { isFiltering: false, warnings: [] });
});
