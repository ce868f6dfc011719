import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../../../src/server/shared/gate.js';

test('a closed gate never opens again', () => {
  const gate = new Gate();
  gate.close();
  gate.open();
  assert.equal(gate.isClosed(), true);
});

test('nobody holds at a gate that is open or closed', () => {
  const gate = new Gate();
  gate.open();
  gate.waitUntilOpen();
  assert.equal(gate.isClosed(), false);
  gate.close();
  gate.waitUntilOpen();
});

test('no pause outlasts the gate', () => {
  const gate = new Gate();
  gate.open();
  gate.close();
  gate.pause(Number.POSITIVE_INFINITY);
});

test('both sides see one gate through its memory', () => {
  const gate = new Gate();
  gate.close();
  assert.equal(new Gate(gate.memory).isClosed(), true);
});
