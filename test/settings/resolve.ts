import { TxnidError } from '../../src/errors.js';
import { type CommandLine, parseCommandLine } from '../../src/settings/command-line.js';
import { parseConfigFile } from '../../src/settings/file/file.js';
import { type EffectiveSettings, resolveSettings } from '../../src/settings/layers.js';

/** What a test says of each layer; a layer left out says nothing. */
export interface Written {
  readonly yaml?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly cpuCount?: number;
  readonly startsAsRoot?: boolean;
}

export function commandLine(...tokens: string[]): CommandLine {
  return parseCommandLine(tokens, []);
}

export function resolveWritten(written: Written): EffectiveSettings {
  const { yaml, environment = {}, flags = [], cpuCount = 2, startsAsRoot = false } = written;
  return resolveSettings({
    commandLine: commandLine(...flags),
    environment,
    file: yaml === undefined ? undefined : parseConfigFile(yaml),
    context: { cpuCount, startsAsRoot, confdir: '/etc/txnidserver' },
  });
}

/** The error of a call that must fail as an operator may make it fail. */
export function errorOf(call: () => unknown): TxnidError {
  try {
    call();
  } catch (error) {
    if (error instanceof TxnidError) return error;
    throw error;
  }
  throw new Error('no fault was found');
}

/** The lines of the error of settings that must be refused. */
export function faultLines(written: Written): string[] {
  return errorOf(() => resolveWritten(written)).message.split('\n');
}
