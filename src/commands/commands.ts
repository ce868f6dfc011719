/** The commands there are. */

import type { CommandLine } from '../settings/command-line.js';
import type { Command, RunCommand } from './command.js';

const json = { name: 'json' } as const;

export const commands: readonly Command[] = [
  {
    name: 'check',
    summary: 'check everything that a start would check, without touching anything',
    load: async () => (await import('./check.js')).check,
  },
  {
    name: 'config',
    summary: 'show the settings in force, where each comes from, and what is saved',
    switches: [json],
    load: async () => (await import('./config.js')).config,
  },
  {
    name: 'status',
    summary: 'show the progress: next number, reserved bound, owner, parameters',
    switches: [json],
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'audit',
    summary: 'show what happened to this instance and when; -verify checks the chain',
    switches: [json, { name: 'verify' }],
    load: async () => (await import('./audit.js')).audit,
  },
  {
    name: 'accept',
    summary: 'take the given settings as the new parameters, while the daemon is stopped',
    load: async () => (await import('./accept.js')).accept,
  },
  {
    name: 'advance',
    summary: 'move the next number forward to N or just above, never back',
    positionals: [{ name: 'N' }],
    load: async () => (await import('./advance.js')).advance,
  },
  {
    name: 'next',
    summary: 'ask a running server for COUNT numbers, 1 by default',
    positionals: [{ name: 'COUNT', optional: true }],
    isPlain: true,
    load: async () => (await import('./next.js')).next,
  },
  {
    name: 'bench',
    summary: 'put load on a running server, check its numbers, show throughput and latency',
    switches: [
      { name: 'connections', takesValue: true },
      { name: 'depth', takesValue: true },
      { name: 'seconds', takesValue: true },
      { name: 'rate', takesValue: true },
      json,
    ],
    load: async () => (await import('./bench.js')).bench,
  },
  {
    name: 'help',
    summary: 'show this help',
    isPlain: true,
    load: async () => (await import('./help.js')).help,
  },
  {
    name: 'version',
    summary: 'show the version',
    isPlain: true,
    load: async () => (await import('./version.js')).version,
  },
];

/** The command that a command line asks for; the service if it names none that exists. */
export async function loadCommand({ command, switches }: CommandLine): Promise<RunCommand> {
  const name = switches.get('help') === true ? 'help' : command;
  const isVersion = switches.get('version') === true && name !== 'help';
  const found = commands.find((candidate) => candidate.name === (isVersion ? 'version' : name));
  if (found?.isPlain !== true) (await import('../host/leave.js')).leaveAtOnce();
  // A command that does not exist is a fault of the command line, which the service reports.
  return found === undefined ? (await import('./serve.js')).serve : await found.load();
}
