/**
 * Which texts are good values, written from the contract's table with other means than the program:
 * by arithmetic on digits and lists of words. It judges the texts that `textsFor` draws, not all.
 */

import fc from 'fast-check';
import type { SettingName } from '../../src/settings/table.js';

/** Name to the least and the most. */
const ranges: Readonly<Partial<Record<SettingName, readonly [bigint, bigint]>>> = {
  threads: [1n, 64n],
  port: [1n, 65535n],
  instance: [0n, 32767n],
  increment: [1n, 32767n],
  max: [1n, 2n ** 64n - 2n],
  'mark-every': [1n, 65536n],
  'session-port': [0n, 65535n],
  'redis-port': [0n, 65535n],
  'session-timeout': [1n, 86400n],
  'max-sessions': [1n, 65536n],
  'max-range': [1n, 1_000_000n],
};

const words: Readonly<Partial<Record<SettingName, readonly string[]>>> = {
  daemon: ['true', 'false'],
  verbose: ['true', 'false'],
  log: ['stderr', 'syslog', 'json'],
  seccomp: ['required', 'auto', 'off'],
  user: ['none', 'nobody', '_ntp:www-data', '0:0', '65534', '4294967294'],
  chroot: ['none', '/', '/srv/jail', '//'],
};

/** The settings that the model knows. */
export const modelNames = [
  ...Object.keys(ranges),
  ...Object.keys(words),
  'ip',
] as readonly SettingName[];

const addresses = ['0.0.0.0', '255.255.255.255', '1.2.3.4', '1.2.3', '256.1.1.1', '01.2.3.4'];
const strange = ['0x10', '01', '00', '-1', '+1', '1e3', '8963.0', '1_000', '.5', '0b1', '0o7', '١'];

const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...Object.values(ranges).flatMap(nearby), ...Object.values(words).flat()),
  fc.constantFrom(...strange, ...addresses, '1'.repeat(20), '1'.repeat(21), '18446744073709551615'),
  fc.constantFrom(
    'True',
    'on',
    'Stderr',
    'stdout',
    'a b',
    '4294967295',
    'a.b@c',
    'a:b:c',
    '1n',
    ':x',
  ),
  fc.constantFrom('1.2.3.4.5', '::1', '1.2.3.-4', '10.0.0.0/8', 'jail', './jail', '1,'),
  fc.nat(99_999).map(String),
);

/** Texts that somebody could write for the setting, most of them good or nearly so. */
export function textsFor(name: SettingName): fc.Arbitrary<string> {
  const range = ranges[name];
  const likely = range === undefined ? (words[name] ?? addresses) : [...nearby(range), '2', '16'];
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...likely) },
    { weight: 1, arbitrary: fc.constantFrom(...strange) },
    { weight: 1, arbitrary: anyText },
  );
}

function nearby([least, most]: readonly [bigint, bigint]): string[] {
  return [least - 1n, least, most, most + 1n].map(String);
}

/** Whether the contract allows this text as the value of the setting. */
export function isAllowed(name: SettingName, text: string): boolean {
  const range = ranges[name];
  if (range !== undefined) return isPlainNumber(text) && inRange(BigInt(text), range);
  if (name === 'ip') return isAddress(text) || text === '::1';
  return name === 'user' ? isOwner(text) : words[name]?.includes(text) === true;
}

function inRange(number: bigint, [least, most]: readonly [bigint, bigint]): boolean {
  return number >= least && number <= most;
}

/** Decimal digits as they would be printed: no sign, no leading zero, at most twenty of them. */
function isPlainNumber(text: string): boolean {
  const isDigits = text !== '' && [...text].every((one) => one >= '0' && one <= '9');
  return isDigits && text.length <= 20 && String(BigInt(text)) === text;
}

/** A user and perhaps a group, each a name or an id. */
function isOwner(text: string): boolean {
  const parts = text.split(':');
  return parts.length <= 2 && parts.every((part) => isPlainId(part) || isName(part));
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
const nameStart = `${letters}${letters.toUpperCase()}_`;

function isName([first = ' ', ...rest]: string): boolean {
  return (
    nameStart.includes(first) && rest.every((one) => `${nameStart}0123456789.@-`.includes(one))
  );
}

function isPlainId(text: string): boolean {
  return isPlainNumber(text) && BigInt(text) < 2n ** 32n - 1n;
}

function isAddress(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((one) => isPlainNumber(one) && Number(one) <= 255);
}

const portDefaults = { port: '8963', 'session-port': '0', 'redis-port': '0' };

/** Whether two services would get one port. */
export function portsMeet(values: ReadonlyMap<string, string>): boolean {
  const ports = Object.entries(portDefaults)
    .map(([name, usual]) => values.get(name) ?? usual)
    .filter((port) => port !== '0');
  return new Set(ports).size < ports.length;
}
