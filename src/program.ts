/** The program: arguments in, exit code out. */

import { writeSync } from 'node:fs';
import type { CommandContext } from './cli/command.js';
import { painter, showsColour } from './cli/paint.js';
import { givenFlags, wholeCommands } from './cli/whole-commands.js';
import { commands, loadCommand } from './commands/commands.js';
import { exitCodes, TxnidError } from './errors.js';
import { nameCommandsBy, printError } from './host/log.js';
import { writeOutput } from './host/standard-output.js';
import { unloadable } from './native-module.js';
import type { EarlyStart } from './service/early.js';
import { parseCommandLine } from './settings/command-line.js';

const stderrFd = 2;

type Given = Pick<CommandContext, 'tokens' | 'script'>;

/** Runs what the arguments ask for; the exit code. `early`: see service/early.ts. */
export async function runProgram(given: Given, early: EarlyStart | undefined): Promise<number> {
  return await run(given, early).catch(fail);
}

async function run(given: Given, early: EarlyStart | undefined): Promise<number> {
  const commandLine = parseCommandLine(given.tokens, commands);
  const flags = givenFlags(commandLine);
  nameCommandsBy((remedy) => wholeCommands(remedy, flags));
  const command = await loadCommand(commandLine, early);
  return await command({
    ...given,
    commandLine,
    environment: process.env,
    commands,
    print: (line) => writeOutput(`${line}\n`),
    paint: painter(showsColour(process.env)),
  });
}

/** Prints what went wrong; the exit code for it. Only a fault of the program itself shows a stack. */
function fail(error: unknown): number {
  if (error instanceof TxnidError) {
    printError(error);
    return error.exitCode;
  }
  const native = unloadable(error);
  if (native !== undefined) return fail(native);
  const detail = error instanceof Error ? error.stack : String(error);
  complain(`txnid: internal error, please report it as a bug: ${detail}\n`);
  return exitCodes.internal;
}

function complain(text: string): void {
  try {
    writeSync(stderrFd, text);
  } catch {
    // Nobody is left to tell.
  }
}
