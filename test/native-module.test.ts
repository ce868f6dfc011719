import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unloadable } from '../src/native-module.js';

const messages = [
  'unable to load the node-posix extension module',
  "Cannot find package 'koffi' imported from /usr/lib/txnid/dist/bin/chunk.js",
  "Cannot find module 'posix'\nRequire stack:\n- /usr/lib/txnid/dist/bin/main.js",
  'Cannot find the native Koffi module; did you bundle it correctly?',
  "The module '/usr/lib/posix.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 108.",
];

test('a native module that was built for another Node, or not at all, is one line with the way out', () => {
  for (const message of messages) {
    const told = unloadable(new Error(message)) ?? assert.fail(message);
    assert.equal(told.code, 'installation');
    assert.match(
      told.message,
      /^Cannot load a native module, for Node v\d[^?]*: .* run "npm (rebuild|install) --prefix \/[^"]*"$/,
    );
    assert.ok(!told.message.includes('\n'));
  }
  const dlopen = Object.assign(new Error('libc.so: no'), { code: 'ERR_DLOPEN_FAILED' });
  assert.equal(unloadable(dlopen)?.code, 'installation');
});

test('any other error is none of its business', () => {
  for (const error of [new Error("Cannot find module './chunk.js'"), 'a text', undefined]) {
    assert.equal(unloadable(error), undefined);
  }
});
