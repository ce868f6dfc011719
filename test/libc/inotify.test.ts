import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { watchName } from '../../src/libc/inotify.js';
import { openDescriptors } from '../support/fixtures/watched-fs.js';

const parent = mkdtempSync(join(tmpdir(), 'txnid-inotify-'));
after(() => rmSync(parent, { recursive: true }));

function newFile(): string {
  const directory = mkdtempSync(join(parent, 'd-'));
  writeFileSync(join(directory, 'file'), 'content');
  return join(directory, 'file');
}

const disturbances: Readonly<Record<string, (path: string) => void>> = {
  'moved away': (path) => renameSync(path, `${path}.aside`),
  'moved away and back': (path) => {
    renameSync(path, `${path}.aside`);
    renameSync(`${path}.aside`, path);
  },
  replaced: (path) => {
    writeFileSync(`${path}.copy`, 'content');
    renameSync(`${path}.copy`, path);
  },
  'linked aside and replaced': (path) => {
    linkSync(path, `${path}.backup`);
    writeFileSync(`${path}.copy`, 'content');
    renameSync(`${path}.copy`, path);
  },
  removed: (path) => rmSync(path),
  'moved with its directory': (path) => renameSync(join(path, '..'), `${join(path, '..')}.moved`),
};

for (const [what, act] of Object.entries(disturbances)) {
  test(`a name that is ${what} is disturbed from then on`, () => {
    const path = newFile();
    const watch = watchName(path);
    assert.equal(watch.isDisturbed(), false);
    act(path);
    assert.equal(watch.isDisturbed(), true);
    assert.equal(watch.isDisturbed(), true, 'and stays so');
    watch.close();
  });
}

test('writing to the file and what happens to other names, however much, disturb nothing', () => {
  const path = newFile();
  const watch = watchName(path);
  writeFileSync(path, 'other content');
  for (let turn = 0; turn < 2000; turn++) {
    mkdirSync(`${path}.lock`);
    rmSync(`${path}.lock`, { recursive: true });
  }
  assert.equal(watch.isDisturbed(), false);
  watch.close();
});

test('where more happened than the kernel keeps in mind, nobody can tell', () => {
  const path = newFile();
  const watch = watchName(path);
  const eventsMax = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  for (let event = 0; event <= eventsMax; event += 2) {
    mkdirSync(`${path}.lock`);
    rmSync(`${path}.lock`, { recursive: true });
  }
  assert.equal(watch.isDisturbed(), true);
  watch.close();
});

test('a watch that cannot begin leaves nothing open, nor does one that ends', () => {
  const before = openDescriptors();
  assert.throws(() => watchName(join(parent, 'absent', 'file')), { code: 'ENOENT' });
  watchName(newFile()).close();
  assert.equal(openDescriptors(), before);
});
