import assert from 'node:assert/strict';
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TxnidError } from '../../../src/errors.js';
import { judgeOwnership, ownershipFaults } from '../../../src/host/jail/ownership.js';
import { walkPath } from '../../../src/host/path-walk.js';
import { isRoot } from '../../support/fixtures/scratch.js';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'txnid-ownership-')));
after(() => rmSync(directory, { recursive: true }));

const nothing = { refusals: [], warnings: [] };
const confdir = (mode: number, uid = 0) => ({ path: '/etc/txnidserver', uid, mode });
const above = (mode: number, uid = 0) => ({ path: '/etc', uid, mode });

for (const mode of [0o755, 0o750, 0o700, 0o1755]) {
  test(`a confdir of root with mode ${mode.toString(8)} is fine`, () => {
    assert.deepEqual(judgeOwnership([confdir(mode)], [above(0o755)]), nothing);
  });
}

for (const mode of [0o775, 0o757, 0o777, 0o1770, 0o722]) {
  test(`a confdir with mode ${mode.toString(8)} is refused, with the command that mends it`, () => {
    const { refusals, warnings } = judgeOwnership([confdir(mode)], []);
    const shown = mode.toString(8).padStart(4, '0');
    const asUser =
      'run txnid as the user that makes its files there (with the unit for systemd: runuser -u txnid -- txnid ...)';
    assert.deepEqual(warnings, []);
    assert.deepEqual(refusals, [
      {
        what: `/etc/txnidserver can be written by users other than its owner (mode ${shown})`,
        // The layout of the unit, whose service a chmod would keep from making its files.
        remedy: mode === 0o1770 ? asUser : 'run: chmod go-w /etc/txnidserver',
      },
    ]);
  });
}

test('a confdir of another user is a warning', () => {
  assert.deepEqual(judgeOwnership([confdir(0o755, 1000)], []), {
    refusals: [],
    warnings: [
      {
        what: '/etc/txnidserver belongs to user 1000, who can so direct what root reads',
        remedy: 'run: chown root /etc/txnidserver',
      },
    ],
  });
});

for (const [mode, count] of [
  [0o755, 0],
  [0o1777, 0],
  [0o777, 1],
  [0o775, 1],
] as const) {
  test(`a directory above with mode ${mode.toString(8)} makes ${count} warnings`, () => {
    const { refusals, warnings } = judgeOwnership([], [above(mode)]);
    assert.deepEqual(refusals, []);
    assert.equal(warnings.length, count);
  });
}

test('a directory above that belongs to another user is a warning', () => {
  assert.equal(judgeOwnership([], [above(0o755, 1000)]).warnings.length, 1);
});

/** The paths that a confdir is refused for. */
const refusedPaths = (path: string) =>
  ownershipFaults({ confdir: path }).refusals.map(({ what }) => what.split(' ')[0]);

test('confdir and settings file are looked at, through symbolic links', () => {
  const real = join(directory, 'real');
  mkdirSync(real);
  symlinkSync(real, join(directory, 'link'));
  writeFileSync(join(directory, 'elsewhere.yaml'), '');
  symlinkSync(join(directory, 'elsewhere.yaml'), join(real, 'txnid.yaml'));
  assert.deepEqual(refusedPaths(join(directory, 'link')), []);
  chmodSync(join(directory, 'elsewhere.yaml'), 0o666);
  assert.deepEqual(refusedPaths(join(directory, 'link')), [join(directory, 'elsewhere.yaml')]);
  chmodSync(real, 0o770);
  assert.deepEqual(refusedPaths(join(directory, 'link')), [
    real,
    join(directory, 'elsewhere.yaml'),
  ]);
});

test('what is above a confdir is looked at, also when that does not exist yet', () => {
  const open = join(directory, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  const { refusals, warnings } = ownershipFaults({ confdir: join(open, 'absent', 'confdir') });
  assert.deepEqual(refusals, []);
  assert.ok(warnings.some(({ remedy }) => remedy === `run: chmod go-w ${open}`));
});

test('with privileges to drop, what is else a warning is a refusal', () => {
  const { refusals, warnings } = judgeOwnership([confdir(0o755, 1000)], [above(0o777)], true);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    refusals.map(({ remedy }) => remedy),
    ['run: chmod go-w /etc', 'run: chown root /etc/txnidserver'],
  );
});

const givesAway = { skip: isRoot ? false : 'only root can give a link to somebody else' };

test(
  'a symbolic link that somebody else could point elsewhere is found, wherever on the way',
  givesAway,
  () => {
    const target = join(directory, 'target');
    mkdirSync(join(target, 'inner'), { recursive: true });
    symlinkSync('target/inner/..', join(directory, 'foreign'));
    lchownSync(join(directory, 'foreign'), 65534, 65534);
    symlinkSync(join(directory, 'foreign'), join(directory, 'trusted'));
    const { refusals } = ownershipFaults({ confdir: join(directory, 'trusted'), isStrict: true });
    assert.deepEqual(
      refusals.map(({ remedy }) => remedy),
      [`run: chown -h root ${join(directory, 'foreign')}`],
    );
    assert.equal(walkPath(join(directory, 'trusted')).path, target);
  },
);

test('links that lead in a circle are an error, not an endless walk', () => {
  symlinkSync('circle', join(directory, 'circle'));
  assert.throws(() => walkPath(join(directory, 'circle')), /too many symbolic links/);
});

test('a path that cannot be followed is told as it was given, not as it was walked', () => {
  const file = join(directory, 'no-directory');
  writeFileSync(file, '');
  for (const [path, message] of [
    [`${file}/below/it`, `Cannot follow ${file}/below: not a directory: set a path that `],
    [join(directory, 'x'.repeat(256)), 'x: name too long: set a shorter one'],
  ] as const) {
    assert.throws(
      () => walkPath(path),
      (error) => {
        assert.ok(error instanceof TxnidError);
        assert.ok(error.message.includes(message), error.message);
        return error.code === 'privilege';
      },
    );
  }
});

test('files beside the settings are looked at only where they must be root’s alone', () => {
  const progress = join(directory, 'txnid.dat');
  writeFileSync(progress, '');
  chmodSync(progress, 0o666);
  const question = { confdir: directory, others: [progress] };
  assert.deepEqual(ownershipFaults(question).refusals, []);
  const [refusal] = ownershipFaults({ ...question, isStrict: true }).refusals;
  assert.equal(refusal?.remedy, `run: chmod go-w ${progress}`);
});
