import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type CallNumbers,
  fileNameGroup,
  firstUnknownCall,
  frequentCalls,
  judgedCalls,
  processCalls,
  refusedCalls,
} from '../../../src/host/jail/seccomp-calls.js';
import { architectures, filterProgram } from '../../../src/host/jail/seccomp-filter.js';
import { verdict } from '../filter-machine.js';

const allow = 0x7fff0000;
const refuse = 0x00050001;
const absent = 0x00050026;
const kill = 0x80000000;
const pid = 4711;

const everyRefused = Object.assign({}, ...Object.values(refusedCalls)) as Record<
  string,
  CallNumbers
>;

for (const [name, architecture] of Object.entries(architectures)) {
  const program = filterProgram(architecture, { fileNames: 'refused', pid });
  const { audit, column } = architecture;
  const ask = (number: number, ...values: bigint[]) => verdict(program, { audit, number, values });

  test(`${name}: files by name are refused only where something was given up`, () => {
    const open = filterProgram(architecture, { fileNames: 'allowed', pid });
    for (const [call, numbers] of Object.entries(refusedCalls[fileNameGroup] ?? {})) {
      if (numbers[column] < 0) continue;
      assert.equal(verdict(open, { audit, number: numbers[column], values: [] }), allow, call);
      assert.notEqual(ask(numbers[column]), allow, call);
    }
    const [execve] = [refusedCalls['new processes']?.execve?.[column] ?? -1];
    assert.notEqual(verdict(open, { audit, number: execve, values: [] }), allow);
  });

  test(`${name}: what serving needs is allowed`, () => {
    for (const [call, numbers] of Object.entries(frequentCalls)) {
      if (numbers[column] >= 0) assert.equal(ask(numbers[column]), allow, call);
    }
    const others = { mmap: [9, 222], exit_group: [231, 94], listen: [50, 201], fstat: [5, 80] };
    for (const [call, numbers] of Object.entries(others)) {
      assert.equal(ask(numbers[column] ?? -1), allow, call);
    }
  });

  test(`${name}: what it does not need is refused`, () => {
    for (const [call, numbers] of Object.entries(everyRefused)) {
      if (numbers[column] >= 0) assert.equal(ask(numbers[column]), refuse, call);
    }
  });

  test(`${name}: calls that are newer than the table do not exist`, () => {
    assert.equal(ask(firstUnknownCall), absent);
    assert.equal(ask(9999), absent);
  });

  test(`${name}: clone makes threads, not processes`, () => {
    assert.equal(ask(judgedCalls.clone[column], 0x3d0f00n), allow);
    assert.equal(ask(judgedCalls.clone[column], 17n), refuse);
    assert.equal(ask(judgedCalls.clone[column], 0x10000_00000000n), refuse);
    assert.equal(ask(judgedCalls.clone3[column]), absent);
  });

  test(`${name}: nothing is typed into the terminal`, () => {
    const { ioctl } = judgedCalls;
    assert.equal(ask(ioctl[column], 0n, 0x5412n), refuse);
    assert.equal(ask(ioctl[column], 0n, 0xff00005412n), refuse);
    assert.equal(ask(ioctl[column], 0n, 0x541cn), refuse);
    assert.equal(ask(ioctl[column], 0n, 0x5421n), allow);
  });

  test(`${name}: no other process is signalled, limited, or named as who is to be signalled`, () => {
    for (const [call, numbers] of Object.entries(processCalls)) {
      assert.equal(ask(numbers[column], BigInt(pid), 9n), allow, call);
      // The parent, all processes, a group of them, ours and others in the half that does not count.
      for (const other of [
        4710n,
        0xffff_ffffn,
        0xffff_ffff_ffff_ffffn,
        0xffff_ed99n,
        4711n << 32n,
      ]) {
        const isNobody = call === 'prlimit64' && other === 4711n << 32n;
        assert.equal(
          ask(numbers[column], other, 9n),
          isNobody ? allow : refuse,
          `${call} ${other}`,
        );
      }
      assert.equal(ask(numbers[column], 0n, 9n), call === 'prlimit64' ? allow : refuse, call);
    }
    const { fcntl, ioctl } = judgedCalls;
    for (const command of [8n, 10n, 15n]) assert.equal(ask(fcntl[column], 0n, command), refuse);
    for (const command of [0n, 1n, 3n, 4n]) assert.equal(ask(fcntl[column], 0n, command), allow);
    for (const command of [0x8901n, 0x8902n]) assert.equal(ask(ioctl[column], 0n, command), refuse);
  });

  test(`${name}: times are changed by descriptor only, and only empty directories removed`, () => {
    const { utimensat, unlinkat } = judgedCalls;
    assert.equal(ask(utimensat[column], 7n, 0n), allow);
    assert.equal(ask(utimensat[column], 7n, 1n), refuse);
    assert.equal(ask(utimensat[column], 7n, 1n << 32n), refuse);
    assert.equal(ask(unlinkat[column], 0n, 1n, 0x200n), allow);
    assert.equal(ask(unlinkat[column], 0n, 1n, 0n), refuse);
  });

  test(`${name}: another architecture kills`, () => {
    assert.equal(verdict(program, { audit: 0x40000003, number: 11 }), kill);
    assert.equal(verdict(program, { audit: 0x40000028, number: 11 }), kill);
    if (name === 'x64') assert.equal(ask(0x40000000 + 59), kill);
  });
}

const headers = [
  '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  '/usr/include/asm-generic/unistd.h',
];
const areThere = headers.every((path) => existsSync(path));

test('the numbers are those of the headers of Linux', { skip: !areThere && 'no headers' }, () => {
  const rows = Object.entries({
    ...frequentCalls,
    ...judgedCalls,
    ...processCalls,
    ...everyRefused,
  });
  headers.forEach((path, column) => {
    const known = new Map(
      [...readFileSync(path, 'utf8').matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm)].map(
        ([, name = '', number]) => [name, Number(number)],
      ),
    );
    const newest = Math.max(...known.values());
    for (const [name, numbers] of rows) {
      const number = numbers[column] ?? -1;
      if (number <= newest) assert.equal(known.get(name) ?? -1, number, `${name} in ${path}`);
    }
  });
});
