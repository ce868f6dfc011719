#!/usr/bin/env node
/** The program: arguments in, exit code out. The only place that exits. */

import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands, loadCommand } from './commands/commands.js';
import { painter, showsColour } from './commands/paint.js';
import { exitCodes, TxnidError } from './errors.js';
import { printError } from './host/log.js';
import { parseCommandLine } from './settings/command-line.js';

const stdoutFd = 1;
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
    print: (line) => write(stdoutFd, `${line}\n`),
    paint: painter(showsColour(process.env)),
  });
}

/** Prints what went wrong; the exit code for it. Only a fault of the program itself shows a stack. */
function fail(error: unknown): number {
  if (error instanceof TxnidError) {
    printError(error);
    return error.exitCode;
  }
  const detail = error instanceof Error ? error.stack : String(error);
  write(stderrFd, `txnid: internal error, please report it as a bug: ${detail}\n`);
  return exitCodes.internal;
}

/** Whoever stops reading what we print has seen enough: that is no error of ours. */
function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Nobody is left to tell.
  }
}

process.exit(await main(process.argv.slice(2)).catch(fail));
