import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { SteppedClock } from './stepped-clock.js';

const hourSeconds = 3600;

test('a step moves the wall clock of a running process, and no clock that only counts up', async () => {
  const clock = new SteppedClock();
  const script = `process.stdin.on('data', () => console.log(Date.now() + ' ' + performance.now()))`;
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, ...clock.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const readClocks = async (): Promise<[number, number]> => {
    child.stdin.write('\n');
    const [wallMs = 0, countedMs = 0] = String((await lines.next()).value)
      .split(' ')
      .map(Number);
    return [wallMs, countedMs];
  };
  const before = await readClocks();
  for (const seconds of [hourSeconds, -hourSeconds, 0]) {
    clock.setAhead(seconds);
    const after = await readClocks();
    const [wallMs, countedMs] = [after[0] - before[0], after[1] - before[1]];
    assert.ok(Math.abs(wallMs - seconds * 1000 - countedMs) < 1000, `${seconds} s: ${wallMs} ms`);
  }
  child.stdin.end();
});
