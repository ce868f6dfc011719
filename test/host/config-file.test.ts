import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configFileName, readConfigFile } from '../../src/host/config-file.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-config-file-'));
after(() => rmSync(directory, { recursive: true }));

/** An empty confdir, and the path of its settings file. */
function confdirOf(name: string): [confdir: string, path: string] {
  const confdir = join(directory, name);
  mkdirSync(confdir);
  return [confdir, join(confdir, configFileName)];
}

test('an absent file, or an absent confdir, is no fault', () => {
  const [confdir] = confdirOf('empty');
  assert.equal(readConfigFile(confdir), undefined);
  assert.equal(readConfigFile(join(confdir, 'absent')), undefined);
});

test('a regular file, and a symbolic link to one, is read', () => {
  const [confdir, path] = confdirOf('regular');
  writeFileSync(path, 'port: 8963\n');
  assert.equal(String(readConfigFile(confdir)), 'port: 8963\n');
  const [linked, link] = confdirOf('linked');
  symlinkSync(path, link);
  assert.equal(String(readConfigFile(linked)), 'port: 8963\n');
});

test('no more than a byte above the limit is read', () => {
  const [confdir, path] = confdirOf('long');
  writeFileSync(path, Buffer.alloc(1_000_000));
  assert.equal(readConfigFile(confdir)?.length, 64 * 1024 + 1);
});

const notFiles: Record<string, (path: string) => void> = {
  'a directory': (path) => mkdirSync(path),
  'a FIFO that nobody writes to': (path) => void execFileSync('mkfifo', [path]),
  'a device': (path) => symlinkSync('/dev/zero', path),
};

for (const [kind, make] of Object.entries(notFiles)) {
  test(`${kind} is refused, and does not block`, () => {
    const [confdir, path] = confdirOf(kind);
    make(path);
    assert.throws(() => readConfigFile(confdir), {
      code: 'settings',
      message: `Cannot read ${path}: it is not a regular file: put a regular file in its place, or remove it`,
    });
  });
}

test('a symbolic link to nothing, or to itself, is a fault and not an absent file', () => {
  const [dangling, path] = confdirOf('dangling');
  symlinkSync(join(directory, 'nothing'), path);
  assert.throws(() => readConfigFile(dangling), { code: 'settings', message: /no such file/ });
  const [looped, loop] = confdirOf('looped');
  symlinkSync(loop, loop);
  assert.throws(() => readConfigFile(looped), { code: 'settings', message: /too many symbolic/ });
});

test('a confdir that is a file is refused', () => {
  const path = join(directory, 'file');
  writeFileSync(path, '');
  assert.throws(() => readConfigFile(path), {
    code: 'settings',
    message: /not a directory: set confdir to a directory$/,
  });
});

test('a file that may not be read is a matter of privileges', () => {
  const [confdir, path] = confdirOf('unreadable');
  writeFileSync(path, '', { mode: 0 });
  const module = new URL('../../src/host/config-file.js', import.meta.url);
  const script = `
    import { readConfigFile } from '${module}';
    if (process.getuid() === 0) process.setuid(65534);
    try { readConfigFile(process.argv[1]); } catch ({ code, message }) { console.log(code, message); }`;
  const arguments_ = ['--input-type=module', '-e', script, confdir];
  execFileSync('chmod', ['755', directory]);
  assert.equal(
    String(execFileSync(process.execPath, arguments_)),
    `privilege Cannot read ${path}: EACCES: permission denied: let the user that starts the service read it\n`,
  );
});

test('a path that is too long is told as that', () => {
  const confdir = join(directory, 'x'.repeat(300));
  const message =
    /^Cannot read .*: ENAMETOOLONG: name too long: choose a confdir with a shorter path$/;
  assert.throws(() => readConfigFile(confdir), { code: 'settings', message });
});
