import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  descriptorWarnings,
  preloadWarnings,
  refuseOpenSurroundings,
  refuseTooManyFiles,
} from '../../src/host/surroundings.js';

const limits = (soft: string) =>
  `Max open files            ${soft}                20000    files\n`;

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
  assert.deepEqual(descriptorWarnings(880, 10, limits('1000')), []);
  assert.deepEqual(descriptorWarnings(65_536, 1000, limits('unlimited')), []);
  assert.deepEqual(descriptorWarnings(65_536, 0, ''), []);
  const [warning] = descriptorWarnings(901, 0, limits('1000'));
  assert.match(warning?.what ?? '', /max-sessions is 901, but only 1000 files may be open/);
  assert.match(warning?.remedy ?? '', /raise the limit to 1001/);
});

test('a start whose sequences need more open files than there may be is refused', () => {
  refuseTooManyFiles(0, limits('10'));
  refuseTooManyFiles(450, limits('1000'));
  assert.throws(() => refuseTooManyFiles(451, limits('1000')), {
    code: 'settings',
    message:
      'Cannot keep the files of 451 sequences open: only 1000 files may be open: raise the limit to 1002 (ulimit -n, LimitNOFILE=)',
  });
});
