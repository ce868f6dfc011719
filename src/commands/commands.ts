/** The commands there are: help, manual and completion derive from this table. */

import type { Command, RunCommand } from '../cli/command.js';
import { decisionCodes, startCodes } from '../cli/exit-codes.js';
import { TxnidError } from '../errors.js';
import type { EarlyStart } from '../service/early.js';
import type { CommandLine } from '../settings/command-line.js';
import { eventFlagValues } from './audit-filter.js';
import { dryRunSwitch, yesSwitch } from './decisions.js';
import { sequenceSwitch } from './sequence-asked.js';

const json = { name: 'json', summary: 'print JSON, for programs' } as const;

export const commands: readonly Command[] = [
  {
    name: 'check',
    summary: 'check everything that a start would check, without touching anything',
    description:
      "Prints ok, or every fault with the words of a start; the exit code is the start's. Beside the " +
      'running daemon of this confdir its lock and its ports are no faults. Writes nothing and waits ' +
      'for nobody. What cannot be known beforehand: a disk that fails, or fills up, only when it is written.',
    switches: [json],
    exitCodes: startCodes,
    examples: ['txnid check', 'txnid check -confdir /srv/orders -increment 3'],
    load: async () => (await import('./check.js')).check,
  },
  {
    name: 'config',
    summary: 'show the settings in force, where each comes from, and what is saved',
    description:
      'A line a setting: name, value, the layer that decides it, and the saved value where a restart ' +
      'would be refused for the difference. Reads only, also beside the running daemon.',
    switches: [json],
    exitCodes: [74, 77, 78],
    examples: ['txnid config', 'txnid config -json'],
    load: async () => (await import('./config.js')).config,
  },
  {
    name: 'status',
    summary: 'show the progress: next number, reserved bound, owner, parameters',
    description:
      'Next is the number that the next start would hand out first: exact after a clean stop, above ' +
      'all that is reserved otherwise. Sequences with a name come after that, a line each. Reads only, also ' +
      'beside the running daemon.',
    switches: [json, { ...sequenceSwitch, summary: 'of this sequence alone' }],
    exitCodes: [65, 74, 77],
    examples: ['txnid status', 'txnid status -json', 'txnid status -sequence orders'],
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'audit',
    summary: 'show what happened to this instance and when; -verify checks the chain',
    description:
      'A line an event: when, what, the next number, who (user id, process, host), and what changed ' +
      'from what to what by which layer. Reads only, also beside the running daemon.',
    switches: [
      json,
      {
        name: 'verify',
        summary:
          'check that each line follows from the one before, and that the trail reaches as far as ' +
          'the progress file knows; the first line that does not is named, with exit code 65',
      },
      {
        name: 'since',
        takesValue: true,
        placeholder: 'TIME',
        summary:
          'only events from then on: 2026-01-31, 2026-01-31T18:30 (local; Z for UTC), or how long ' +
          'ago, as 90s, 30m, 2h, 7d, 4w',
      },
      {
        name: 'event',
        takesValue: true,
        isList: true,
        placeholder: 'NAME',
        summary: `only these events, separated by commas or given again: ${eventFlagValues.join(', ')}`,
        completion: eventFlagValues,
      },
      { ...sequenceSwitch, summary: 'the trail of this sequence' },
    ],
    exitCodes: [65, 74, 77],
    examples: [
      'txnid audit -since 7d',
      'txnid audit -event crash-found,refused',
      'txnid audit -verify',
    ],
    load: async () => (await import('./audit.js')).audit,
  },
  {
    name: 'init',
    summary: 'make a new instance, and its confdir',
    description:
      'The settings given are saved as its parameters, and it begins with its first number, or the first ' +
      'at or above N, as do the sequences that have a name. Refused where there is an instance. The directory above the confdir must be there.',
    switches: [
      {
        name: 'from',
        takesValue: true,
        placeholder: 'N',
        summary:
          'the number that the first one is to be at or above, for an instance that joins others or ' +
          'takes the place of one that is lost',
      },
    ],
    exitCodes: decisionCodes,
    examples: [
      'txnid init',
      'txnid init -confdir /srv/orders -instance 2 -increment 3 -from 65536',
    ],
    load: async () => (await import('./init.js')).init,
  },
  {
    name: 'accept',
    summary: 'take the given settings as the new parameters, while the daemon is stopped',
    description:
      'Prints what changes, and the next number. The next number never goes back: a new progression ' +
      'goes on with its first number at or above it. A name that is new to sequences begins with its first ' +
      'number; one that was taken off them before goes on.',
    switches: [
      dryRunSwitch,
      {
        ...yesSwitch,
        summary:
          'also where settings that flags or environment gave at the last start are back at their defaults',
      },
    ],
    exitCodes: decisionCodes,
    examples: ['txnid accept -dry-run', 'txnid accept -increment 3'],
    load: async () => (await import('./accept.js')).accept,
  },
  {
    name: 'advance',
    summary: 'move the next number forward to N or just above, never back',
    description:
      'While the daemon is stopped. It is also the way out of a progress file that is lost or ' +
      'unusable: then N must be above every number handed out so far, and it says where the audit ' +
      'trail cannot know them all.',
    positionals: [{ name: 'N', summary: 'the number that the next one is to be at or above' }],
    switches: [
      { ...sequenceSwitch, summary: 'of this sequence' },
      dryRunSwitch,
      { ...yesSwitch, summary: 'also over more than 2^40 numbers, or to the end of the sequence' },
    ],
    exitCodes: [...decisionCodes, 80],
    examples: ['txnid advance 1000000', 'txnid advance 1000000 -sequence orders'],
    load: async () => (await import('./advance.js')).advance,
  },
  {
    name: 'stop',
    summary: 'ask the daemon that runs on this confdir to stop, and wait until it has',
    description:
      'Prints the number that the next start hands out first. Sends SIGTERM to the process that has the ' +
      'files, if that is a daemon of txnid; 69 where none runs.',
    exitCodes: [65, 69, 74, 75, 77],
    examples: ['txnid stop', 'txnid stop -confdir /srv/orders'],
    load: async () => (await import('./stop.js')).stop,
  },
  {
    name: 'next',
    summary: 'ask a running server for COUNT numbers, 1 by default',
    description:
      'Asks at -ip and -session-port where there is one, else at -port, and prints a number a line.',
    positionals: [{ name: 'COUNT', optional: true, summary: 'how many numbers, 1 to 1000000' }],
    switches: [{ ...sequenceSwitch, summary: 'of this sequence; session port only' }],
    isPlain: true,
    exitCodes: [69, 74, 77, 78],
    examples: ['txnid next', 'txnid next 1000 -session-port 8964'],
    load: async () => (await import('./next.js')).next,
  },
  {
    name: 'bench',
    summary: 'put load on a running server, check its numbers, show throughput and latency',
    description:
      'Asks at -ip and -session-port where there is one, else at -port. Every number that comes is ' +
      'checked: none twice, in order, of one progression. Ctrl-C ends it early and prints what was ' +
      'measured so far, with how much of a CPU it took itself.',
    switches: [
      {
        name: 'connections',
        takesValue: true,
        placeholder: 'N',
        summary: 'connections at once, 1 to 10000; 50 by default',
      },
      {
        name: 'depth',
        takesValue: true,
        placeholder: 'N',
        summary: 'requests in flight on each, 1 to 10000; session port only; 1 by default',
      },
      {
        name: 'seconds',
        takesValue: true,
        placeholder: 'N',
        summary: 'how long, 0.1 to 3600; 5 by default',
      },
      {
        name: 'rate',
        takesValue: true,
        placeholder: 'N',
        summary:
          'requests a second over all connections, 1 to 10000000; latency then counts from when a ' +
          'request was due; without it, as many as are answered',
      },
      { ...sequenceSwitch, summary: 'numbers of this sequence; session port only' },
      json,
    ],
    exitCodes: [65, 69, 74, 77, 78],
    examples: ['txnid bench', 'txnid bench -session-port 8964 -depth 16 -seconds 10'],
    load: async () => (await import('./bench.js')).bench,
  },
  {
    name: 'help',
    summary: 'show this help, or that of a command',
    positionals: [{ name: 'COMMAND', optional: true, summary: 'what to tell more of' }],
    isPlain: true,
    examples: ['txnid help audit', 'txnid audit -h'],
    load: async () => (await import('./help.js')).help,
  },
  {
    name: 'version',
    summary: 'show the version',
    switches: [json],
    isPlain: true,
    load: async () => (await import('../service/version.js')).version,
  },
];

/** The command that a command line asks for; the service if it names none. Throws for one that does not exist. */
export async function loadCommand(
  { command, switches, faults }: CommandLine,
  early?: EarlyStart,
): Promise<RunCommand> {
  const name = switches.get('help') === true ? 'help' : command;
  const isVersion = switches.get('version') === true && name !== 'help';
  const found = commands.find((candidate) => candidate.name === (isVersion ? 'version' : name));
  if (found === undefined && command !== undefined) throw new TxnidError('command-line', faults);
  if (found?.isPlain !== true) (await import('../host/leave.js')).leaveAtOnce();
  if (found !== undefined) return await found.load();
  const { serve } = await import('../service/service.js');
  return (context) => serve(context, early);
}
