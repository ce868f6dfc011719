import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  descriptorWarnings,
  preloadWarnings,
  refuseOpenSurroundings,
} from '../../src/host/surroundings.js';

test('io_uring is refused, unless it is off', () => {
  for (const value of ['1', '', '2', 'yes']) {
    assert.throws(() => refuseOpenSurroundings({ UV_USE_IO_URING: value }, undefined), {
      exitCode: 77,
    });
  }
  refuseOpenSurroundings({ UV_USE_IO_URING: '0' }, undefined);
  refuseOpenSurroundings({}, undefined);
});

test('an open debugger is refused', () => {
  assert.throws(() => refuseOpenSurroundings({}, 'ws://127.0.0.1:9229/1'), { exitCode: 77 });
});

test('what is loaded before us is warned of', () => {
  const warned = preloadWarnings({ NODE_OPTIONS: '-r x', LD_PRELOAD: 'x.so', PATH: '/bin' });
  assert.deepEqual(
    warned.map(({ what }) => what.split(' ')[0]),
    ['NODE_OPTIONS', 'LD_PRELOAD'],
  );
  assert.deepEqual(preloadWarnings({ NODE_OPTIONS: '' }), []);
});

test('more sessions than files may be open is warned of, with the limit that would do', () => {
  const limits = (soft: string) =>
    `Max open files            ${soft}                20000    files\n`;
  assert.deepEqual(descriptorWarnings(900, limits('1000')), []);
  assert.deepEqual(descriptorWarnings(65_536, limits('unlimited')), []);
  assert.deepEqual(descriptorWarnings(65_536, ''), []);
  const [warning] = descriptorWarnings(901, limits('1000'));
  assert.match(warning?.what ?? '', /max-sessions is 901, but only 1000 files may be open/);
  assert.match(warning?.remedy ?? '', /raise the limit to 1001/);
});
