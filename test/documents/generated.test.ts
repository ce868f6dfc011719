/** Help, manual, completion and sample cannot differ: they come from the same tables. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitMeanings } from '../../src/cli/exit-codes.js';
import { exitCodesOf } from '../../src/cli/usage.js';
import { commands } from '../../src/commands/commands.js';
import { exitCodes } from '../../src/errors.js';
import { settingNames } from '../../src/settings/table.js';
import { generated, generatedUrl } from './generated.js';

for (const [name, render] of Object.entries(generated)) {
  test(`config/${name} is what the tables render (else: npm run generate)`, () => {
    assert.equal(readFileSync(generatedUrl(name), 'utf8'), render());
  });
}

test('each exit code has a meaning, and each command only codes that there are', () => {
  const codes = new Set<number>([0, ...Object.values(exitCodes)]);
  assert.deepEqual(new Set(Object.keys(exitMeanings).map(Number)), codes);
  for (const command of commands) {
    for (const code of exitCodesOf(command)) assert.ok(codes.has(code), `${command.name} ${code}`);
  }
});

for (const name of ['txnid.1', 'txnid.yaml.5']) {
  test(`${name} is set by man without a warning, and has everything in it`, (t) => {
    const path = fileURLToPath(generatedUrl(name));
    if (spawnSync('groff', ['-v']).error !== undefined) return t.skip('groff is not here');
    const options = ['-mandoc', '-Tascii', '-P-cbou', '-ww', path];
    const { stdout, stderr, status } = spawnSync('groff', options, { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    const dash = name === 'txnid.1' ? '-' : '';
    const words = settingNames.map((setting) => `${dash}${setting}`);
    const own = name === 'txnid.1' ? commands.map((command) => command.name) : [];
    for (const word of [...words, ...own])
      assert.match(stdout, new RegExp(`^ +(-v, )?${word}\\b`, 'm'));
  });
}

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _txnid
    printf '%s\n' "\${COMPREPLY[@]}"`;
  const path = fileURLToPath(generatedUrl('txnid.bash'));
  const options = ['--norc', '-c', script, 'bash', path, 'txnid', ...words];
  return execFileSync('bash', options, { encoding: 'utf8' })
    .split('\n')
    .filter((one) => one !== '');
}

test('bash offers every command, and the flags of the one that stands there', () => {
  assert.deepEqual(offered('').sort(), commands.map(({ name }) => name).sort());
  assert.deepEqual(offered('aud'), ['audit']);
  assert.deepEqual(offered('help', 'st'), ['status', 'stop']);
  assert.deepEqual(offered('status', 'st'), []);
  for (const command of commands) {
    for (const { name } of command.switches ?? []) {
      assert.ok(offered(command.name, `-${name}`).includes(`-${name}`), `${command.name} -${name}`);
    }
  }
  for (const name of settingNames) assert.ok(offered('-').includes(`-${name}`), name);
  assert.ok(!offered('status', '-').includes('-verify'));
});

test('bash offers flags after two dashes with two', () => {
  const flags = offered('audit', '--');
  assert.ok(flags.includes('--confdir') && flags.includes('--verify'));
  assert.deepEqual(
    flags.filter((flag) => !flag.startsWith('--')),
    [],
  );
});

test('bash offers the values of a flag, in a word of their own or after =', () => {
  assert.deepEqual(offered('-log', ''), ['stderr', 'syslog', 'json']);
  assert.deepEqual(offered('--log', '=', 'sy'), ['syslog']);
  assert.deepEqual(offered('audit', '-event', 'cr'), ['created', 'crash-found']);
  assert.deepEqual(offered('-daemon', '=', ''), ['true', 'false']);
  assert.deepEqual(offered('-port', ''), []);
  assert.deepEqual(offered('-confdir', '/et'), ['/etc']);
  assert.deepEqual(offered('-confdir', 'status', 'au'), ['audit'], 'the value is no command');
});

/** The line after a press of the tab key in a real zsh. */
function completedByZsh(line: string): string {
  const folder = fileURLToPath(new URL('.', generatedUrl('_txnid')));
  const script = `zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z 'PS1=; unsetopt beep; fpath=("$1" $fpath); autoload -U compinit; compinit -D -u'
    zpty -w z 'say() { print -r -- "<<$BUFFER>>" }; zle -N say; bindkey "^X" say; bindkey "^I" complete-word; print re""ady'
    zpty -r z out '*ready*'
    zpty -w -n z "$2"$'\t\x18'
    zpty -r z out '*<<*>>*'
    print -r -- "$out"`.replaceAll('"$1"', `"${folder}"`);
  const out = execFileSync('zsh', ['-f', '-c', script, 'zsh', folder, line], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return /<<(.*)>>/.exec(out)?.[1] ?? out;
}

test('zsh completes commands, flags and values', (t) => {
  if (spawnSync('zsh', ['--version']).error !== undefined) return t.skip('zsh is not here');
  assert.equal(completedByZsh('txnid aud'), 'txnid audit ');
  assert.equal(completedByZsh('txnid audit -ver'), 'txnid audit -ver');
  assert.equal(completedByZsh('txnid audit -veri'), 'txnid audit -verify');
  assert.equal(completedByZsh('txnid -log sy'), 'txnid -log syslog ');
  assert.equal(completedByZsh('txnid audit -event crash'), 'txnid audit -event crash-found ');
  assert.equal(completedByZsh('txnid help vers'), 'txnid help version ');
});
