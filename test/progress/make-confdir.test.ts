import assert from 'node:assert/strict';
import { chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { foreseeConfdir, makeConfdir } from '../../src/progress/make-confdir.js';
import { temporaryDirectories } from '../support/progress-fixture.js';
import { failing, withFs } from '../support/watched-fs.js';

const newDirectory = temporaryDirectories('make-confdir');
const newPath = () => join(newDirectory(), 'confdir');
const remedy = 'make the directory, or set another confdir';

test('an absent confdir is made with mode 0750, whatever the umask', (t) => {
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const path = newPath();
  foreseeConfdir(path);
  assert.equal(existsSync(path), false, 'who foresees makes nothing');
  makeConfdir(path);
  assert.equal(statSync(path).mode & 0o777, 0o750);
});

test('one that is there stays as it is', () => {
  const path = newPath();
  mkdirSync(path);
  chmodSync(path, 0o711);
  makeConfdir(path);
  assert.equal(statSync(path).mode & 0o777, 0o711);
  withFs({ accessSync: failing('EACCES') }, () => foreseeConfdir(path));
});

test('without its parent it is not made, and that is foreseen in the same words', () => {
  const path = join(newPath(), 'deeper');
  const message = `Cannot make the confdir ${path}: ENOENT: no such file or directory, mkdir '${path}': ${remedy}`;
  assert.throws(() => makeConfdir(path), { code: 'settings', message });
  assert.throws(() => foreseeConfdir(path), { code: 'settings', message });
});

for (const [code, meaning, kind] of [
  ['EACCES', 'permission denied', 'privilege'],
  ['EPERM', 'operation not permitted', 'privilege'],
  ['EROFS', 'read-only file system', 'settings'],
] as const) {
  test(`where ${code} keeps it from being made, that is a matter of ${kind}`, () => {
    const path = newPath();
    const said = { code: kind, message: new RegExp(`^Cannot make the confdir ${path}: ${code}: `) };
    withFs({ mkdirSync: failing(code) }, () => assert.throws(() => makeConfdir(path), said));
    for (const right of [constants.W_OK, constants.X_OK]) {
      const accessSync = () => (_path: string, mode: number) => {
        const errno = -osConstants.errno[code];
        if ((mode & right) !== 0) throw Object.assign(new Error(code), { code, errno });
      };
      const message = `Cannot make the confdir ${path}: ${code}: ${meaning}, mkdir '${path}': ${remedy}`;
      withFs({ accessSync }, () =>
        assert.throws(() => foreseeConfdir(path), { code: kind, message }),
      );
    }
  });
}
