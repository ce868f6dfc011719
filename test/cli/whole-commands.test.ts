import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenFlags, wholeCommands } from '../../src/cli/whole-commands.js';
import { commands } from '../../src/commands/commands.js';
import { parseCommandLine } from '../../src/settings/command-line.js';

function flagsOf(...tokens: string[]): string {
  return givenFlags(parseCommandLine(tokens, commands));
}

test('a command that a message names has the flags that were given', () => {
  const flags = flagsOf('-confdir', '/srv/orders', '--increment=3');
  assert.equal(
    wholeCommands('take them with "txnid accept", or run "txnid init -from N"', flags),
    'take them with "txnid accept -confdir /srv/orders -increment 3", or run "txnid init -from N -confdir /srv/orders -increment 3"',
  );
});

test('what is no command of this instance stays as it is', () => {
  const flags = flagsOf('-increment', '3');
  for (const text of ['see "txnid help"', '"npm rebuild"', 'set it to "a"', '']) {
    assert.equal(wholeCommands(text, flags), text);
  }
  assert.equal(wholeCommands('"txnid accept"', flagsOf()), '"txnid accept"');
});

test('only settings that commands share are told, the last of those given twice, as a shell takes them', () => {
  assert.equal(flagsOf('-v', '-daemon', '-log', 'json', 'status', '-json'), '');
  assert.equal(flagsOf('-port', '1', '-port', '2'), ' -port 2');
  assert.equal(
    flagsOf('-confdir', "/srv/two words/it's $&"),
    " -confdir '/srv/two words/it'\\''s $&'",
  );
  assert.equal(wholeCommands('"txnid init"', " -confdir '$&'"), `"txnid init -confdir '$&'"`);
  assert.equal(flagsOf('-allow=', '-confdir=-x'), " -allow='' -confdir=-x");
});
