import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThreadStatuses, threadFault } from '../../../src/host/jail/thread-status.js';

const fields = {
  Name: 'node',
  Pid: '4711',
  Uid: '71\t71\t71\t71',
  Gid: '72\t72\t72\t72',
  Groups: ' ',
  CapInh: '0000000000000000',
  CapPrm: '0000000000000000',
  CapEff: '0000000000000000',
  CapAmb: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
};

const statusWith = (changes: Partial<typeof fields>): string =>
  Object.entries({ ...fields, ...changes })
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');

const dropped = { account: { uid: 71, gid: 72 }, isFiltering: true };

test('a thread that gave everything up is as expected', () => {
  assert.equal(threadFault(statusWith({}), dropped), undefined);
});

for (const [name, value] of [
  ['Uid', '71\t0\t71\t71'],
  ['Uid', '71\t71\t0\t71'],
  ['Uid', '71\t71\t71\t0'],
  ['Gid', '72\t72\t0\t72'],
  ['Groups', '0 27 '],
  ['CapPrm', '0000000000040000'],
  ['CapEff', '0000000000000001'],
  ['CapAmb', '0000000000000400'],
  ['NoNewPrivs', '0'],
  ['Seccomp', '0'],
] as const) {
  test(`a thread with ${name} ${value.replaceAll('\t', ' ')} is found`, () => {
    const fault = threadFault(statusWith({ [name]: value }), dropped);
    assert.ok(fault?.startsWith(`thread 4711 has ${name} ${value.trim().replaceAll('\t', ' ')}`));
  });
}

test('what a status does not say counts as wrong', () => {
  assert.match(threadFault('Pid:\t1\n', dropped) ?? '', /^thread 1 has Uid undefined/);
});

test('without a drop and a filter nothing is expected', () => {
  assert.equal(threadFault('', { account: undefined, isFiltering: false }), undefined);
});

test('the threads of this process are all looked at', () => {
  const statuses = new ThreadStatuses();
  const other = { uid: 4711, gid: 4711 };
  assert.match(statuses.fault({ account: other, isFiltering: false }) ?? '', /^thread \d+ has Uid/);
  statuses.close();
});
