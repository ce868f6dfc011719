import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renameOrRemove, suggest } from '../../src/settings/suggest.js';

const names = ['port', 'session-port', 'increment', 'ip', 'user'];

const slips: [word: string, name: string | undefined][] = [
  ['prot', 'port'],
  ['prt', 'port'],
  ['poort', 'port'],
  ['part', 'port'],
  ['PORT', 'port'],
  ['sesion-prot', 'session-port'],
  ['session_port', 'session-port'],
  ['inkremant', 'increment'],
  ['pi', 'ip'],
  ['p', 'port'],
  ['Sess', 'session-port'],
  ['i', 'ip'],
  ['x', undefined],
  ['threads', undefined],
  ['constructor', undefined],
  ['', undefined],
  ['port'.repeat(50), undefined],
];

for (const [word, name] of slips) {
  test(`"${word}" is ${name === undefined ? 'like none of the names' : `a slip for ${name}`}`, () => {
    assert.equal(suggest(word, names), name);
  });
}

test('the first of equally near names is suggested', () => {
  assert.equal(suggest('ab', ['ac', 'ad']), 'ac');
});

test('a remedy is the nearest name, else to leave it out', () => {
  assert.equal(renameOrRemove('prot', names, '-'), 'write -port, or remove it');
  assert.equal(renameOrRemove('colour', names), 'remove it');
});
