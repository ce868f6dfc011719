import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockReachWarnings } from '../../src/host/file-systems.js';
import { failing, withFs } from '../support/fixtures/watched-fs.js';

/** What a start would be warned of on a file system of this `f_type`. */
function warningsOn(type: number) {
  return withFs({ statfsSync: () => () => ({ type }) }, () => lockReachWarnings('/srv/a'));
}

// From linux/magic.h, and statfs(2).
for (const [name, type] of [
  ['NFS', 0x6969],
  ['SMB', 0x517b],
  ['CIFS', 0xff534d42],
  ['CIFS', 0xff534d42 | 0],
  ['SMB', 0xfe534d42],
  ['9p', 0x01021997],
  ['FUSE (virtiofs, sshfs, GlusterFS and others)', 0x65735546],
  ['Ceph', 0x00c36400],
  ['Lustre', 0x0bd00bd0],
] as const) {
  test(`on ${name} (${type}) a start is warned in one line that names what is needed`, () => {
    assert.deepEqual(warningsOn(type), [
      {
        what: `/srv/a is on ${name}, where a lock need not be seen by other hosts`,
        remedy:
          'mount it so that flock reaches every host that could start this instance, or see to it that only one can',
      },
    ]);
  });
}

for (const [name, type] of [
  ['ext4', 0xef53],
  ['xfs', 0x58465342],
  ['btrfs', 0x9123683e],
  ['tmpfs', 0x01021994],
  ['overlay', 0x794c7630],
  ['zfs', 0x2fc12fc1],
  ['f2fs', 0xf2f52010],
] as const) {
  test(`on ${name} there is nothing to warn of`, () => assert.deepEqual(warningsOn(type), []));
}

test('where the file system does not say what it is, nothing is told', () => {
  withFs({ statfsSync: failing('ENOSYS') }, () =>
    assert.deepEqual(lockReachWarnings('/srv/a'), []),
  );
});
