import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuditEvent,
  chainStart,
  encodeEvent,
  hashLine,
} from '../../../src/progress/trail/event.js';
import { readLines } from '../../../src/progress/trail/reader.js';

/** The lines of a whole trail, each without its newline. */
function wholeTrail(count: number): string[] {
  const lines: string[] = [];
  for (let generation = 1; generation <= count; generation++) {
    const last = lines.at(-1);
    const previous = last === undefined ? chainStart : hashLine(last);
    lines.push(encodeEvent({ ...event, generation, previous }).trimEnd());
  }
  return lines;
}

const event: AuditEvent = {
  time: '2026-01-01T00:00:00.000Z',
  event: 'started',
  generation: 1,
  next: '1',
  reserved: '65536',
  changes: [],
  uid: 0,
  pid: 1,
  host: 'host',
  parameters: {},
  previous: chainStart,
};

const text = (lines: readonly string[], rest = ''): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join('') + rest);

test('a whole trail has all its events and nothing broken', () => {
  const { events, broken } = readLines(text(wholeTrail(5)));
  assert.equal(events.length, 5);
  assert.equal(broken, undefined);
});

test('a changed line shows at the line after it', () => {
  const lines = wholeTrail(5);
  lines[2] = (lines[2] ?? '').replace('"pid":1', '"pid":2');
  assert.equal(readLines(text(lines)).broken?.line, 4);
});

test('a removed line shows at the line that took its place', () => {
  const lines = wholeTrail(5).filter((_line, index) => index !== 1);
  assert.equal(readLines(text(lines)).broken?.line, 2);
});

test('the first of several broken lines is named, also when it is no event at all', () => {
  const lines = wholeTrail(5);
  lines[1] = 'garbage';
  const { events, broken } = readLines(text(lines));
  assert.deepEqual(broken, { line: 2, what: 'is not an event' });
  assert.equal(events.length, 4);
});

test('what a crash cut off after the last newline never counted', () => {
  const { events, broken, tornBytes } = readLines(text(wholeTrail(2), '{"time":"20'));
  assert.equal(events.length, 2);
  assert.equal(broken, undefined);
  assert.equal(tornBytes, 11);
});
