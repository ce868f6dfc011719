/**
 * The one table of settings (README.md, "Run it"). Flags, environment names, YAML keys, help text,
 * the sample file, the wording of faults and the saved parameters all derive from it.
 */
import type * as z from 'zod/mini';
import { namesMax } from '../sequence/name.js';
import { numberMax, numbersPerHigh } from '../sequence/progression.js';
import { rangeCountMax } from '../sequence/range.js';
import { allowEntriesMax } from './limits.js';
import type { LeadingSettings, Setting, SettingsContext } from './setting.js';
import { anyLayer, booleanRow, numberRow, setting } from './setting.js';
import {
  absoluteOrNone,
  address,
  addresses,
  filterMode,
  filterModes,
  jail,
  logTarget,
  logTargets,
  owner,
  path,
  sequenceNames,
  wideNumber,
} from './values.js';

/** Where the settings file is looked for when nobody says otherwise. */
export const confdirDefault = '/etc/txnidserver';
/** One thread serves while it is enough, and each takes memory: half the machine is for its other work. */
const threadsDefaultMax = 4;
/** A port of 0 leaves its service off. */
const optionalPort = { ...numberRow(0, 65535), placeholder: 'PORT', default: () => 0 } as const;

const settings = {
  confdir: setting({
    schema: path,
    kind: 'text',
    placeholder: 'DIRECTORY',
    allowed: 'a directory',
    completion: 'directories',
    summary: 'directory of txnid.yaml, the progress file and the audit trail',
    default: () => confdirDefault,
    layers: ['environment', 'flag'],
    restart: 'not compared',
  }),
  daemon: setting({
    ...booleanRow('run in the background, once the service listens'),
    restart: 'free',
  }),
  verbose: setting({
    ...booleanRow('print settings, ports and reservations on standard output'),
    restart: 'free',
    alias: 'v',
  }),
  threads: setting({
    ...numberRow(1, 64),
    placeholder: 'COUNT',
    summary:
      'worker threads for each port; on the one-shot port those beyond the first work while fewer are not enough',
    // A container may show no CPU at all.
    default: ({ cpuCount }) => Math.max(1, Math.min(Math.floor(cpuCount / 2), threadsDefaultMax)),
    defaultInWords: `half the CPUs there are, from 1 to ${threadsDefaultMax}`,
    restart: 'free',
  }),
  log: setting({
    schema: logTarget,
    kind: 'text',
    placeholder: 'TARGET',
    allowed: 'stderr, syslog or json',
    completion: logTargets,
    summary: 'where faults and events are reported; json: an object a line on standard error',
    default: (_context, { daemon }) => (daemon === true ? 'syslog' : 'stderr'),
    defaultInWords: 'stderr, or syslog with daemon',
    layers: anyLayer,
    restart: 'free',
  }),
  create: setting({
    ...booleanRow('let a start make an instance where there is none; false refuses that start'),
    default: () => true,
    restart: 'free',
  }),
  'pid-file': setting({
    schema: absoluteOrNone,
    kind: 'text',
    placeholder: 'FILE',
    allowed: 'an absolute path, or none',
    summary: 'file to write the process id to, before the jail; emptied at the end',
    default: () => 'none',
    layers: anyLayer,
    restart: 'free',
  }),
  ip: setting({
    schema: address,
    kind: 'text',
    placeholder: 'ADDRESS',
    allowed: 'an IPv4 or IPv6 address',
    summary:
      'address that the one-shot, the session and the Redis port listen on; :: serves both families',
    default: () => '0.0.0.0',
    layers: anyLayer,
    restart: 'must match',
  }),
  port: setting({
    ...numberRow(1, 65535),
    placeholder: 'PORT',
    summary: 'one-shot port: a number for each connection',
    default: () => 8963,
    restart: 'must match',
  }),
  instance: setting({
    ...numberRow(0, 32767),
    placeholder: 'NUMBER',
    summary: 'first number; in a cluster 1 to increment, each for one instance only',
    default: () => 1,
    restart: 'must match',
  }),
  increment: setting({
    ...numberRow(1, 32767),
    placeholder: 'NUMBER',
    summary:
      'step from number to number, the same in a whole cluster; it has room for that many instances',
    default: () => 1,
    restart: 'must match',
  }),
  max: setting({
    schema: wideNumber(1n, numberMax),
    kind: 'wide number',
    placeholder: 'NUMBER',
    allowed: `a whole number from 1 to ${numberMax}`,
    summary: 'highest number to hand out; the service stops beyond it',
    default: () => numberMax,
    layers: anyLayer,
    restart: 'must match',
  }),
  'mark-every': setting({
    ...numberRow(1, Number(numbersPerHigh)),
    placeholder: 'COUNT',
    summary: 'most numbers that a crash burns while few are asked for; fewer mean more writes',
    default: () => Number(numbersPerHigh),
    restart: 'free',
  }),
  sequences: setting({
    schema: sequenceNames,
    kind: 'list',
    placeholder: 'LIST',
    allowed: `a list of at most ${namesMax} names such as orders`,
    example: '[orders, invoices]',
    summary: 'names of further sequences, beside that of the instance itself, which is default',
    default: () => [],
    layers: anyLayer,
    restart: 'must match',
  }),
  'session-port': setting({
    ...optionalPort,
    summary: 'port for long-lived connections, 0 for none',
    restart: 'must match',
  }),
  'redis-port': setting({
    ...optionalPort,
    summary: 'port for clients of Redis (INCR default, or a name of sequences), 0 for none',
    restart: 'must match',
  }),
  'session-timeout': setting({
    ...numberRow(1, 86400),
    placeholder: 'SECONDS',
    unit: 'seconds',
    summary: 'time without traffic after which a session is closed',
    default: () => 60,
    restart: 'must match',
  }),
  'max-sessions': setting({
    ...numberRow(1, 65536),
    placeholder: 'COUNT',
    summary: 'sessions that may be open at once, on the session and the Redis port together',
    default: () => 1024,
    restart: 'must match',
  }),
  'max-range': setting({
    ...numberRow(1, rangeCountMax),
    placeholder: 'COUNT',
    summary: 'most numbers of one range on the session port; 1 turns ranges off',
    default: () => rangeCountMax,
    restart: 'must match',
  }),
  allow: setting({
    schema: addresses,
    kind: 'list',
    placeholder: 'LIST',
    allowed:
      `a list of at most ${allowEntriesMax} IPv4 and IPv6 addresses or blocks such as 10.0.0.0/8 ` +
      '(0.0.0.0/0 and ::/0 for everyone)',
    example: '[192.0.2.1, 10.0.0.0/8]',
    summary: 'peers that are served, everyone when the list is empty',
    default: () => [],
    layers: anyLayer,
    restart: 'must match',
  }),
  user: setting({
    schema: owner,
    kind: 'text',
    placeholder: 'USER',
    allowed: 'a user, user:group, their numeric ids, or none',
    completion: 'users',
    summary: 'user and group to run as, when started as root',
    default: () => 'none',
    layers: anyLayer,
    restart: 'must match',
  }),
  chroot: setting({
    schema: jail,
    kind: 'text',
    placeholder: 'DIRECTORY',
    allowed: 'an absolute directory, or none',
    completion: 'directories',
    summary: 'directory to lock the process into',
    default: ({ startsAsRoot, confdir }, { user = 'none' }) =>
      startsAsRoot && user !== 'none' ? confdir : 'none',
    defaultInWords: 'the confdir when user is set and the start is by root, else none',
    layers: anyLayer,
    restart: 'must match',
  }),
  seccomp: setting({
    schema: filterMode,
    kind: 'text',
    placeholder: 'MODE',
    allowed: 'required, auto or off',
    completion: filterModes,
    summary: 'filter of system calls: auto goes without where the kernel has none',
    default: () => 'auto',
    layers: anyLayer,
    restart: 'free',
  }),
  'metrics-port': setting({
    ...optionalPort,
    summary: 'port for metrics, 0 for none',
    restart: 'must match',
  }),
  'metrics-ip': setting({
    schema: address,
    kind: 'text',
    placeholder: 'ADDRESS',
    allowed: 'an IPv4 or IPv6 address',
    summary:
      'address of the metrics port; another than loopback says that the network keeps strangers out',
    default: () => '127.0.0.1',
    layers: anyLayer,
    restart: 'must match',
  }),
};

export type SettingName = keyof typeof settings;

/** The value of every setting, by its name in the table. */
export type SettingsValues = {
  readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']>;
};

/** The names of all settings, in table order. */
export const settingNames = Object.keys(settings) as readonly SettingName[];

/** The row of a setting, for code that treats all of them alike. */
export function settingNamed(name: SettingName): Setting {
  return settings[name];
}

/** Whether a word is the name of a setting; `constructor` and its like are not. */
export function isSettingName(word: string): word is SettingName {
  return Object.hasOwn(settings, word);
}

/** `session-port` is `TXNID_SERVER_SESSION_PORT` in the environment. */
export function environmentName(name: string): string {
  return `TXNID_SERVER_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The defaults on this host, beside these leading settings. */
export function defaultValues(context: SettingsContext, leading: LeadingSettings): SettingsValues {
  const entries = settingNames.map((name) => [name, settingNamed(name).default(context, leading)]);
  return Object.fromEntries(entries);
}
