/** A command run within the test's own process: for those that only look. */

import type { RunCommand } from '../../../src/cli/command.js';
import { painter } from '../../../src/cli/paint.js';
import { commands } from '../../../src/commands/commands.js';
import { TxnidError } from '../../../src/errors.js';
import { parseCommandLine } from '../../../src/settings/command-line.js';
import { type Ended, programPath } from './txnid-process.js';

/** Runs it as the program would for these words, the command's name included. */
export async function runCommand(run: RunCommand, words: readonly string[]): Promise<Ended> {
  const lines: string[] = [];
  const ended = await run({
    commandLine: parseCommandLine(words, commands),
    environment: {},
    tokens: words,
    script: programPath,
    commands,
    print: (line) => lines.push(`${line}\n`),
    paint: painter(false),
  }).then((code) => ({ code, stderr: '' }), refused);
  return { ...ended, signal: null, stdout: lines.join('') };
}

function refused(error: unknown) {
  if (!(error instanceof TxnidError)) throw error;
  return { code: error.exitCode, stderr: error.message.replace(/^/gm, 'txnid: ') };
}
