import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  DescriptorDisk,
  type DiskProtocol,
  progressFileBytes,
  run,
  runSync,
  steps,
} from '../../../src/progress/file/disk.js';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { NameSight, type NameState } from '../../../src/progress/file/name-sight.js';
import { temporaryDirectories } from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('disk');

/** What a disk answers to one step of each kind. */
function* eachStep(): DiskProtocol<[NameState, Uint8Array]> {
  yield* steps.write(4, Buffer.from('new'));
  yield* steps.flush();
  return [yield* steps.name(), yield* steps.read()];
}

for (const [kind, runEach] of [
  ['blocking', async (disk: DescriptorDisk) => runSync(disk, eachStep())],
  ['background', async (disk: DescriptorDisk) => await run(disk, eachStep())],
] as const) {
  test(`${kind} steps overwrite in place and read from the start`, async () => {
    const path = join(newDirectory(), 'file');
    writeFileSync(path, 'the old bytes');
    const descriptor = openSync(path, 'r+');
    const disk = new DescriptorDisk(realFileSystem, descriptor, new NameSight(path, undefined));
    const [name, bytes] = await runEach(disk);
    assert.deepEqual([name, Buffer.from(bytes).toString()], ['kept', 'the new bytes']);
    linkSync(path, `${path}.backup`);
    assert.equal((await runEach(disk))[0], 'linked');
    rmSync(path);
    assert.equal((await runEach(disk))[0], 'exchanged', 'it has no such name any more');
    writeFileSync(path, 'another file');
    assert.equal((await runEach(disk))[0], 'exchanged', 'and somebody else has it now');
    assert.equal(
      (await runEach(new DescriptorDisk(realFileSystem, descriptor)))[0],
      'kept',
      'unseen',
    );
    rmSync(`${path}.backup`);
    assert.equal((await runEach(disk))[0], 'removed', 'it has no name at all');
    closeSync(descriptor);
    await assert.rejects(runEach(new DescriptorDisk(realFileSystem, descriptor)), {
      code: 'EBADF',
    });
  });

  test(`a ${kind} read shows that a file is longer than it should be`, async () => {
    const path = join(newDirectory(), 'file');
    writeFileSync(path, Buffer.alloc(3 * progressFileBytes));
    const descriptor = openSync(path, 'r+');
    const [, bytes] = await runEach(new DescriptorDisk(realFileSystem, descriptor));
    assert.equal(bytes.length, progressFileBytes + 1);
    closeSync(descriptor);
  });
}

test('a write that stops half way is an error, not a success', () => {
  const path = join(newDirectory(), 'file');
  writeFileSync(path, Buffer.alloc(progressFileBytes));
  const script = fileURLToPath(new URL('../../simulation/limited-disk.js', import.meta.url));
  // ulimit -f: blocks of 512 bytes. It cuts an overwrite, too: after 1024 bytes of the second slot.
  const command = `ulimit -f 10; unset NODE_V8_COVERAGE; exec "${process.execPath}" "${script}" "${path}"`;
  const printed = execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  const expected = 'only 1024 of 4096 bytes were written';
  assert.deepEqual(JSON.parse(printed), [expected, expected]);
  assert.equal(readFileSync(path).lastIndexOf('!'), 4096 + 1024 - 1);
});
