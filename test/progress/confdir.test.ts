import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { absentConfdir, makeConfdir, refuseAbsentConfdir } from '../../src/progress/confdir.js';
import { temporaryDirectories } from '../support/fixtures/progress-fixture.js';
import { failing, withFs } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('confdir');
const newPath = () => join(newDirectory(), 'confdir');
const remedy = 'make the directory, or set another confdir';

test('an absent confdir is made with mode 0750, whatever the umask', (t) => {
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const path = newPath();
  makeConfdir(path);
  assert.equal(statSync(path).mode & 0o777, 0o750);
});

test('one that is there stays as it is', () => {
  const path = newPath();
  mkdirSync(path);
  chmodSync(path, 0o711);
  makeConfdir(path);
  assert.equal(statSync(path).mode & 0o777, 0o711);
});

test('without its parent it is not made', () => {
  const path = join(newPath(), 'deeper');
  const message = `Cannot make the confdir ${path}: ENOENT: no such file or directory, mkdir '${path}': ${remedy}`;
  assert.throws(() => makeConfdir(path), { code: 'settings', message });
});

for (const [code, kind] of [
  ['EACCES', 'privilege'],
  ['EPERM', 'privilege'],
  ['EROFS', 'settings'],
] as const) {
  test(`where ${code} keeps it from being made, that is a matter of ${kind}`, () => {
    const path = newPath();
    const said = { code: kind, message: new RegExp(`^Cannot make the confdir ${path}: ${code}: `) };
    withFs({ mkdirSync: failing(code) }, () => assert.throws(() => makeConfdir(path), said));
  });
}

test('an absent confdir, also behind a link, is a fault that names init, and is not made', () => {
  const path = newPath();
  const link = `${path}.link`;
  symlinkSync(path, link);
  for (const absent of [path, link]) {
    const message = `The confdir ${absent} does not exist: mount or restore it, or correct the path; where there never was one, run "txnid init"`;
    assert.throws(() => refuseAbsentConfdir(absent), { code: 'settings', message });
  }
  assert.equal(existsSync(path), false);
  mkdirSync(path);
  assert.equal(absentConfdir(link), undefined);
  refuseAbsentConfdir(path);
});

test('one that cannot be looked at is left to who opens what is in it', () => {
  const statSync = failing('EACCES');
  withFs({ statSync }, () => assert.equal(absentConfdir(newPath()), undefined));
});
