#!/usr/bin/env node
/** The program: arguments in, exit code out. The only place that exits. */

import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { painter, showsColour } from './cli/paint.js';
import { commands, loadCommand } from './commands/commands.js';
import { exitCodes, TxnidError } from './errors.js';
import { printError } from './host/log.js';
import { writeOutput } from './host/standard-output.js';
import { unloadable } from './native-module.js';
import { parseCommandLine } from './settings/command-line.js';

const stderrFd = 2;

async function main(tokens: readonly string[]): Promise<number> {
  const commandLine = parseCommandLine(tokens, commands);
  const run = await loadCommand(commandLine);
  return await run({
    commandLine,
    environment: process.env,
    tokens,
    commands,
    script: fileURLToPath(import.meta.url),
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

// With a listener, Node does not open its debugger. The service takes this signal over later.
process.on('SIGUSR1', () => {});

process.exit(await main(process.argv.slice(2)).catch(fail));
