/** `txnid audit`: the trail for people and programs, what is left out of it, and whether it is whole. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { audit as runAudit } from '../../src/commands/audit.js';
import { chainStart, encodeEvent, hashLine } from '../../src/progress/trail/event.js';
import { entryOf } from '../support/fixtures/progress-fixture.js';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { runCommand } from '../support/processes/command-run.js';
import { assertRefused } from '../support/processes/refusal.js';
import { onTerminal, shellLine } from '../support/processes/terminal.js';
import { programPath } from '../support/processes/txnid-process.js';

type Entry = Parameters<typeof entryOf>[0];

const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
const accepted: Entry = {
  event: 'accepted',
  time: daysAgo(3),
  next: '65541',
  changes: [{ name: 'increment', from: 1, to: 5, origin: '-increment' }],
};
const life: Entry[] = [
  { event: 'created', time: daysAgo(30) },
  { event: 'crash found', time: daysAgo(8), changes: [{ name: 'next', from: '2', to: '65537' }] },
  accepted,
  { event: 'refused', time: daysAgo(1), reason: 'parameters differ' },
  { event: 'started', time: daysAgo(0) },
];

/** A confdir with this trail and nothing else. */
function confdirWith(entries: readonly Entry[]): string {
  const confdir = freshDirectory();
  let previous = chainStart;
  let text = '';
  for (const entry of entries) {
    const line = encodeEvent({
      ...entryOf({ uid: 7, pid: 42, host: 'somewhere', ...entry }),
      previous,
    });
    previous = hashLine(line.trimEnd());
    text += line;
  }
  writeFileSync(join(confdir, 'txnid.audit'), text);
  return confdir;
}

async function audit(confdir: string, ...flags: string[]) {
  return await runCommand(runAudit, ['audit', '-confdir', confdir, ...flags]);
}

async function eventsOf(confdir: string, ...flags: string[]): Promise<string[]> {
  const { stdout, stderr } = await audit(confdir, '-json', ...flags);
  assert.equal(stderr, '');
  return JSON.parse(stdout).map(({ event }: { event: string }) => event);
}

test('a line tells when, what, at which number, who, and what changed by which layer', async () => {
  const { code, stdout, stderr } = await audit(confdirWith(life));
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, life.length, 'a line an event');
  const who = 'uid 7  pid 42  somewhere';
  const rest = (line = '') => line.slice(line.indexOf('  ') + 2);
  assert.equal(rest(lines[1]), `crash found  next 1      ${who}  next 2 -> 65537`);
  assert.equal(rest(lines[2]), `accepted     next 65541  ${who}  increment 1 -> 5 (-increment)`);
  assert.equal(rest(lines[3]), `refused      next 1      ${who}  parameters differ`);
  assert.equal(lines[2]?.split('  ')[0], accepted.time);
});

test('-since leaves out what was before, -event what is something else', async () => {
  const confdir = confdirWith(life);
  const all = ['created', 'crash found', 'accepted', 'refused', 'started'];
  assert.deepEqual(await eventsOf(confdir), all);
  assert.deepEqual(await eventsOf(confdir, '-since', '9d'), all.slice(1));
  assert.deepEqual(await eventsOf(confdir, `-since=${daysAgo(2)}`), all.slice(3));
  assert.deepEqual(await eventsOf(confdir, '-event', 'crash-found,started'), [all[1], all[4]]);
  const twice = ['-event', 'created', '-event=refused', '-since', '5w'];
  assert.deepEqual(await eventsOf(confdir, ...twice), ['created', 'refused']);
  assert.deepEqual(await eventsOf(confdir, '-since', '1h', '-event', 'created'), []);
  assert.equal((await audit(confdir, '-since', '1h', '-event', 'created')).stdout, 'no events\n');
});

test('a bad time, an unknown event and flags of other commands are refused with 64', async () => {
  const confdir = confdirWith(life);
  assertRefused(
    await audit(confdir, '-since', 'soon'),
    64,
    /^txnid: -since is "soon": must be a date/,
  );
  const misspelt = /^txnid: -event is "acepted": write accepted; must be one of created, /;
  assertRefused(await audit(confdir, '-event', 'acepted'), 64, misspelt);
  assertRefused(await audit(confdir, '-since'), 64, /-since has no value/);
  for (const command of [['status'], ['check'], ['next'], []]) {
    const ended = await runCommand(runAudit, [...command, '-confdir', confdir, '-verify']);
    assertRefused(ended, 64, /^txnid: -verify is no flag of .*: remove it, or use it with audit$/);
  }
});

test('-verify names the first line that does not follow, whatever is shown', async () => {
  const confdir = confdirWith(life);
  const path = join(confdir, 'txnid.audit');
  assert.match((await audit(confdir, '-verify')).stdout, /^whole: 5 events$/m);
  assert.deepEqual(await eventsOf(confdir, '-verify', '-event', 'created'), ['created']);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('"increment","from":1', '"increment","from":2'));
  const broken = new RegExp(
    `^txnid: The audit trail is not whole: ${path}:4 does not follow from .*: compare it`,
  );
  for (const flags of [[], ['-json'], ['-since', '1h']]) {
    const ended = await audit(confdir, '-verify', ...flags);
    assertRefused({ ...ended, stdout: '' }, 65, broken);
  }
  writeFileSync(path, `${text}garbage\n`);
  const garbage = new RegExp(`${path}:6 is not an event: `);
  assertRefused({ ...(await audit(confdir, '-verify')), stdout: '' }, 65, garbage);
});

test('an absent, an empty, and a misplaced trail are told apart', async () => {
  const confdir = freshDirectory();
  const path = join(confdir, 'txnid.audit');
  assertRefused(
    await audit(confdir),
    65,
    /^txnid: There is no audit trail .*: set confdir to where/,
  );
  writeFileSync(path, '');
  assert.deepEqual([(await audit(confdir)).stdout, await eventsOf(confdir)], ['no events\n', []]);
  assert.equal((await audit(confdir, '-verify')).stdout, 'no events\nwhole: 0 events\n');
  appendFileSync(path, '{"time":"20');
  assert.match(
    (await audit(confdir, '-verify')).stdout,
    /^whole: 0 events\nThe audit trail .* 11 bytes/m,
  );
  const other = freshDirectory();
  mkdirSync(join(other, 'txnid.audit'));
  assertRefused(await audit(other), 65, /txnid\.audit: it is not a regular file: restore it/);
  const linked = freshDirectory();
  symlinkSync(path, join(linked, 'txnid.audit'));
  assertRefused(await audit(linked), 65, /txnid\.audit: it is a symbolic link: restore it/);
});

test('what somebody wrote into the trail cannot steer a terminal', async () => {
  const confdir = confdirWith([{ event: 'started', host: '\u001b[2J\nfake', reason: '\u009b31m' }]);
  const { stdout } = await audit(confdir);
  assert.match(stdout, /\\u001b\[2J\\u000afake/);
  for (const steering of ['\u001b', '\u009b']) assert.ok(!stdout.includes(steering));
  assert.equal(stdout.trimEnd().split('\n').length, 1);
});

/** What a terminal shows of a run. */
function shownOnTerminal(words: readonly string[], environment: NodeJS.ProcessEnv): string {
  const [file, args] = onTerminal(shellLine([process.execPath, programPath, ...words]));
  const { NO_COLOR: _own, ...inherited } = process.env;
  const env = { ...inherited, TERM: 'xterm', ...environment };
  return spawnSync(file, args, { env, encoding: 'utf8' }).stdout;
}

test('colour is for a terminal alone, without NO_COLOR, and never in JSON', async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) return t.skip('script is not here');
  const confdir = confdirWith(life);
  const words = ['audit', '-confdir', confdir];
  assert.ok(shownOnTerminal(words, {}).includes('\u001b[33mrefused\u001b[0m      '));
  for (const [flags, environment] of [
    [[], { NO_COLOR: '1' }],
    [[], { TERM: 'dumb' }],
    [['-json'], {}],
  ] as const) {
    const shown = shownOnTerminal([...words, ...flags], environment);
    assert.match(shown, /refused/);
    assert.ok(!shown.includes('\u001b['), JSON.stringify([flags, environment]));
  }
  assert.ok(!(await audit(confdir)).stdout.includes('\u001b'));
});
