/** What a command is given, and what it is. */

import type { CommandLine } from '../settings/command-line.js';
import type { CommandDeclaration } from '../settings/flags.js';
import type { Paint } from './paint.js';

export interface CommandContext {
  readonly commandLine: CommandLine;
  /** The process's own environment: a command may take variables out of it. */
  readonly environment: NodeJS.ProcessEnv;
  /** The arguments after the program's name, as they were given. */
  readonly tokens: readonly string[];
  /** Path of the program's script. */
  readonly script: string;
  /** All commands there are, for the help. */
  readonly commands: readonly Command[];
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Colours text for `print`, where that goes to people. */
  readonly paint: Paint;
}

/** Runs the command; its exit code. Throws TxnidError. */
export type RunCommand = (context: CommandContext) => Promise<number>;

export interface Command extends CommandDeclaration {
  /** What it does, in a line of the help. */
  readonly summary: string;
  /** What there is to know beyond that, in whole sentences. */
  readonly description?: string;
  /** Exit codes that it can end with, beside 0 and 64; see exit-codes.ts. */
  readonly exitCodes?: readonly number[];
  /** Command lines to try. */
  readonly examples?: readonly string[];
  /** It makes no foreign calls, and so needs nothing of what they need. */
  readonly isPlain?: true;
  /** Loads the command's own code: others need not pay for it. */
  readonly load: () => Promise<RunCommand>;
}
