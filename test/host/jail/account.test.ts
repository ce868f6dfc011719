import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TxnidError } from '../../../src/errors.js';
import {
  type AccountDirectory,
  accountOf,
  resolveAccount,
} from '../../../src/host/jail/account.js';

/** A host with these accounts; like posix it throws for all others, and takes names and numbers. */
const host: AccountDirectory = {
  getpwnam: (user) => {
    if (user === 'txnid' || user === 71) return { uid: 71, gid: 72 };
    if (user === 'root' || user === 'toor') return { uid: 0, gid: 0 };
    if (user === 'wheelish') return { uid: 73, gid: 0 };
    if (user === 'broken') return { uid: 4294967295, gid: 72 };
    throw new Error('user id does not exist');
  },
  getgrnam: (group) => {
    if (group === 'numbers') return { gid: 74 };
    if (group === 'root') return { gid: 0 };
    throw new Error('group id does not exist');
  },
};

const good = [
  ['txnid', 71, 72],
  ['71', 71, 72],
  ['txnid:numbers', 71, 74],
  ['txnid:99', 71, 99],
  ['4711:4712', 4711, 4712],
  ['4294967294:4294967294', 4294967294, 4294967294],
] as const;

for (const [user, uid, gid] of good) {
  test(`${user} is ${uid}:${gid}`, () => {
    assert.deepEqual(resolveAccount(user, host), { uid, gid });
  });
}

const bad = [
  ['root', /^Cannot run as user root: that is root: /],
  ['toor', /that is root/],
  ['0', /there is no user 0|that is root/],
  ['0:0', /that is root/],
  ['0:72', /that is root/],
  ['txnid:root', /that is root/],
  ['txnid:0', /that is root/],
  ['wheelish', /that is root/],
  ['NaN', /there is no user NaN/],
  ['unknown', /there is no user unknown: check the name/],
  ['txnid:unknown', /there is no group unknown/],
  ['unknown:numbers', /there is no user unknown/],
  ['4711', /there is no user 4711: say which group too, such as 4711:4711/],
  ['broken', /its ids are 4294967295 and 72/],
  // The settings refuse these by their syntax; nothing depends on that.
  ['-1', /there is no user -1/],
  ['4294967295:72', /its ids are/],
  ['4294967296:72', /its ids are/],
  ['1e3:72', /there is no user 1e3/],
  ['txnid:', /there is no group /],
  ['', /there is no user /],
] as const;

for (const [user, message] of bad) {
  test(`"${user}" is refused with 77`, () => {
    assert.throws(
      () => resolveAccount(user, host),
      (error) =>
        error instanceof TxnidError && error.exitCode === 77 && message.test(error.message),
    );
  });
}

test('this host knows its own users', async () => {
  const { uid, gid } = await accountOf('nobody');
  assert.ok(uid > 0 && gid > 0);
  await assert.rejects(accountOf('root'), /that is root/);
});
