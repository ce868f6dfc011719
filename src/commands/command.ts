/** What a command is given, and what it is. */

import type { CommandLine } from '../settings/command-line.js';
import type { CommandDeclaration } from '../settings/flags.js';

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
}

/** Runs the command; its exit code. Throws TxnidError. */
export type RunCommand = (context: CommandContext) => Promise<number>;

export interface Command extends CommandDeclaration {
  readonly summary: string;
  /** It makes no foreign calls, and so needs nothing of what they need. */
  readonly isPlain?: true;
  /** Loads the command's own code: others need not pay for it. */
  readonly load: () => Promise<RunCommand>;
}
