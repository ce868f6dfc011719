import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultLines } from '../resolve.js';

test('a place is right also on the lines after an error', () => {
  const lines = faultLines({ yaml: '{tcp: 1}\n 1}\ntcp: 1}\n' });
  const places = lines.map((line) => line.split(': ')[0]);
  assert.ok(places.includes('txnid.yaml:3:4'), places.join(' '));
});
