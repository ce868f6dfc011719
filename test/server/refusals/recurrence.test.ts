import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recurrence } from '../../../src/server/refusals/telling.js';

/** A recurrence on a clock of its own, and what it has told. */
function recurring(intervalMs: number) {
  const timers: { act: () => void; atMs: number }[] = [];
  const told: string[] = [];
  const totals = new Map<string, number>();
  const rests: string[] = [];
  let duringRest = (): void => {};
  let nowMs = 0;
  const recurrence = new Recurrence({
    intervalMs,
    later: (act, delayMs) => timers.push({ act, atMs: nowMs + delayMs }),
  });
  const happens = (subject: string, count = 1): void => {
    totals.set(subject, (totals.get(subject) ?? 0) + count);
    recurrence.happened({
      subject,
      total: () => totals.get(subject) ?? 0,
      tell: (times) => told.push(`${nowMs} ${subject} ${times}`),
      rest: () => {
        rests.push(`${nowMs} ${subject}`);
        duringRest();
      },
    });
  };
  const pass = (ms: number): void => {
    const endMs = nowMs + ms;
    for (;;) {
      const [next] = timers.sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      timers.shift();
      nowMs = next.atMs;
      next.act();
    }
    nowMs = endMs;
  };
  const count = (total: number) => totals.set('a', total);
  const atRest = (act: () => void) => {
    duringRest = act;
  };
  return { happens, pass, told, timers, rests, count, atRest };
}

test('the first is told at once, the next ones together when the interval is over', () => {
  const { happens, pass, told, timers } = recurring(100);
  for (let time = 0; time < 25; time++) {
    happens('a');
    assert.equal(timers.length, 1, 'however often it happens');
    pass(10);
  }
  pass(1000);
  assert.deepEqual(told, ['0 a 1', '100 a 9', '200 a 10', '300 a 5']);
});

test('each subject is limited by itself', () => {
  const { happens, told } = recurring(100);
  for (const subject of ['a', 'b', 'a', 'b']) happens(subject);
  assert.deepEqual(told, ['0 a 1', '0 b 1']);
});

test('what nobody reports but the total knows is told with the interval', () => {
  const { happens, count, pass, told } = recurring(100);
  happens('a');
  count(500);
  pass(1000);
  assert.deepEqual(told, ['0 a 1', '100 a 499']);
});

test('nothing waits once an interval has passed in which nothing happened', () => {
  const { happens, pass, told, timers } = recurring(100);
  happens('a');
  assert.equal(timers.length, 1);
  pass(100);
  assert.equal(timers.length, 0);
  pass(1000);
  happens('a');
  assert.deepEqual(told, ['0 a 1', '1100 a 1']);
});

test('what happens up to the rest, and is reported by nobody, is told', () => {
  const { happens, pass, told, rests, count, atRest } = recurring(100);
  happens('a');
  atRest(() => {
    count(7);
    atRest(() => {});
  });
  pass(1000);
  assert.deepEqual(told, ['0 a 1', '100 a 6']);
  assert.deepEqual(rests, ['100 a', '200 a']);
});

test('reports that come while an interval runs change nothing', () => {
  const { happens, pass, told, rests, timers } = recurring(100);
  happens('a');
  happens('a', 0);
  pass(100);
  happens('a', 0);
  assert.deepEqual([told, rests, timers.length], [['0 a 1'], ['100 a'], 0]);
});
