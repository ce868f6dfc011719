import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '../../src/commands/commands.js';
import { help } from '../../src/commands/help.js';
import { runCommand } from '../support/processes/command-run.js';
import { assertRefused } from '../support/processes/refusal.js';

for (const { name, summary, switches = [], examples = [] } of commands) {
  test(`the help of ${name} has its flags, exit codes and examples, in 80 columns`, async () => {
    const { code, stdout } = await runCommand(help, ['help', name]);
    assert.equal(code, 0);
    const [usage = '', about = ''] = stdout.split('\n\n');
    assert.ok(usage.startsWith(`usage: txnid ${name}`), usage);
    assert.ok(about.slice(1).startsWith(summary.slice(1, 15)), about);
    for (const flag of switches) assert.match(stdout, new RegExp(`^  -${flag.name}\\b`, 'm'));
    for (const example of examples) assert.ok(stdout.includes(`\n  ${example}\n`), example);
    assert.match(stdout, /^ {4}0 {2}done$/m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });
}

test('-h beside a command, wherever it stands, is the help of that command', async () => {
  const { stdout } = await runCommand(help, ['help', 'audit']);
  for (const words of [
    ['audit', '-h'],
    ['audit', '--help'],
    ['-h', 'audit', '-since', '7d'],
  ]) {
    assert.equal((await runCommand(help, words)).stdout, stdout);
  }
});

test('help of what is no command is refused with a suggestion', async () => {
  const near = /^txnid: unknown command "adit": write txnid help audit, or see txnid help$/;
  assertRefused(await runCommand(help, ['help', 'adit']), 64, near);
  const far = /^txnid: unknown command "zzzzzz": see txnid help$/;
  assertRefused(await runCommand(help, ['help', 'zzzzzz']), 64, far);
});
