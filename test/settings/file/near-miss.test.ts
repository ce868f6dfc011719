import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearMissFaults } from '../../../src/settings/file/near-miss.js';

const missed = (names: readonly string[]) => nearMissFaults('/srv/a', names).length;

test('a name that was likely meant to be txnid.yaml is a fault, and says what to do', () => {
  assert.deepEqual(nearMissFaults('/srv/a', ['txnid.dat', 'txnid.yml']), [
    {
      what: 'There is no txnid.yaml in /srv/a, but there is "txnid.yml", which is not read',
      remedy: 'rename it to txnid.yaml, or move it out of there',
    },
  ]);
});

for (const name of [
  'txnid.yml',
  'txnid.yaml.txt',
  'txnid.yml.txt',
  'txnid.yaml.yaml',
  '.txnid.yaml',
  'Txnid.yaml',
  'TXNID.YAML',
  'TXNID.YML.TXT',
  'txnid.yaml~',
  'txnid.yaml ',
  'txind.yaml',
  'txnid.ymal',
  'txnid-yaml',
]) {
  test(`so is ${JSON.stringify(name)}`, () => assert.equal(missed([name]), 1));
}

test('what else may be in a confdir is none', () => {
  const others = [
    'txnid.dat',
    'txnid.dat.lock',
    'txnid.dat.new',
    'txnid.audit',
    'txnid.yaml.example',
    'txnid.yaml.dpkg-old',
    'txnid.txt',
    'txnid',
    'yaml',
    'txt',
    '.txt',
    'lost+found',
  ];
  assert.equal(missed(others), 0);
});

test('each of several is a fault', () => assert.equal(missed(['txnid.yml', 'Txnid.yaml']), 2));
