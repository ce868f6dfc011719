import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileStatus, realFileSystem } from '../../../src/progress/file/file-system.js';
import { limitedFiles } from '../../../src/progress/file/limited-files.js';

/** Flushes that end when the test lets them; descriptors from 10 on are of another device. */
function rig(most: number) {
  const begun: number[] = [];
  const endings = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const files = limitedFiles(
    {
      ...realFileSystem,
      fstatSync: (descriptor) => ({ dev: descriptor < 10 ? 1 : 2 }) as FileStatus,
      closeSync: () => {},
      fdatasync: (descriptor) =>
        new Promise((resolve, reject) => {
          begun.push(descriptor);
          endings.set(descriptor, { resolve, reject });
        }),
    },
    most,
  );
  const end = async (descriptor: number, error?: Error): Promise<void> => {
    const { resolve, reject } = endings.get(descriptor) ?? {};
    if (error === undefined) resolve?.();
    else reject?.(error);
    await new Promise(setImmediate);
  };
  return { files, begun, end };
}

test('only so many calls to a device are under way, the others in their order', async () => {
  const { files, begun, end } = rig(2);
  const flushes = [1, 2, 3, 4].map((descriptor) => files.fdatasync(descriptor));
  await new Promise(setImmediate);
  assert.deepEqual(begun, [1, 2]);
  const other = files.fdatasync(11);
  await new Promise(setImmediate);
  assert.deepEqual(begun, [1, 2, 11], 'another device waits for none of them');
  await end(2);
  assert.deepEqual(begun, [1, 2, 11, 3]);
  const failed = assert.rejects(flushes[0] ?? Promise.resolve(), /EIO/);
  await end(1, new Error('EIO'));
  await failed;
  assert.deepEqual(begun, [1, 2, 11, 3, 4], 'one that fails has had its turn');
  for (const descriptor of [3, 4, 11]) await end(descriptor);
  await Promise.all([...flushes.slice(1), other]);
  const again = files.fdatasync(5);
  await new Promise(setImmediate);
  assert.equal(begun.at(-1), 5, 'and turns are given back');
  await end(5);
  await again;
});

test('a descriptor that is given out again may be of another device', async () => {
  let device = 1;
  const turns: string[] = [];
  const files = limitedFiles(
    {
      ...realFileSystem,
      fstatSync: () => ({ dev: device }) as FileStatus,
      closeSync: () => {},
      fdatasync: async () => {
        turns.push(`device ${device}`);
      },
      inode: () => new Promise(() => {}),
    },
    1,
  );
  void files.inode(7);
  files.closeSync(7);
  device = 2;
  await files.fdatasync(7);
  assert.deepEqual(turns, ['device 2'], 'the first one hangs for ever');
});
