import * as z from 'zod/mini';
import { addressText, networkText, parseAddress, parseNetwork } from '../ip-address.js';
import { defaultName, isSequenceName, nameRule, namesMax } from '../sequence/name.js';
import { allowBytesMax, allowEntriesMax, chrootBytesMax, userBytesMax } from './limits.js';

/**
 * Schemas from the text of a setting to its value. A check that has its own remedy raises a custom
 * issue whose message is that remedy; for any other issue the table's `allowed` phrase is it.
 */

/** Numbers are plain decimal digits: no sign, leading zero, fraction, exponent or other base. */
const decimal = z.string().check(z.regex(/^(?:0|[1-9][0-9]{0,19})$/));

/** Characters that would break a line of the saved record, or that UTF-8 cannot carry. */
const unstorable = /[\p{Cc}\p{Cs}]/u;

export const truth = z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' });

export const address = z.string().check(z.refine((text) => parseAddress(text) !== undefined));

export const logTargets = ['stderr', 'syslog', 'json'] as const;

export const logTarget = z.enum(logTargets);

export const filterModes = ['required', 'auto', 'off'] as const;

export const filterMode = z.enum(filterModes);

export function wholeNumber(least: number, most: number) {
  const range = z.number().check(z.gte(least), z.lte(most));
  return z.pipe(z.pipe(decimal, z.transform(Number)), range);
}

export function wideNumber(least: bigint, most: bigint) {
  const range = z.bigint().check(z.gte(least), z.lte(most));
  return z.pipe(
    z.pipe(
      decimal,
      z.transform((text: string) => BigInt(text)),
    ),
    range,
  );
}

/** Any path the kernel could be given. */
export const path = z
  .string()
  .check(z.refine((text) => !text.includes('\0'), 'must be a path without NUL bytes'));

/** An absolute path that fits the saved record, or the word none. */
export const jail = z
  .string()
  .check(z.regex(/^(?:none$|\/)/, { abort: true }), storable(chrootBytesMax));

/** The same for what is not saved. */
export const absoluteOrNone = z.string().check(z.regex(/^(?:none$|\/[^\0]*[^\0/]$)/));

/** The highest user or group id: setuid(2) takes 2^32 − 1, which is −1, for "leave it as it is". */
const accountIdMax = 4294967294;
const account = '(?:[A-Za-z_][A-Za-z0-9._@-]*|0|[1-9][0-9]*)';

/** A user, with or without a group, each by name or number; the word none is a name too. */
export const owner = z.string().check(
  z.regex(new RegExp(`^${account}(?::${account})?$`), { abort: true }),
  z.refine(
    (text) => text.split(':').every((part) => !/^[0-9]/.test(part) || Number(part) <= accountIdMax),
    `must have ids of at most ${accountIdMax}`,
  ),
  storable(userBytesMax),
);

const allowEntry = z.string().check((context) => {
  const network = parseNetwork(context.value);
  if (network === undefined) {
    context.issues.push({ code: 'invalid_value', input: context.value, values: [] });
    return;
  }
  const cleared = networkText(network);
  if (addressText(network.address) === cleared.split('/')[0]) return;
  const message = `must be ${cleared}, where every host bit is zero`;
  context.issues.push({ code: 'custom', input: context.value, message });
});

/** Addresses and blocks, as a list of texts, kept in the order and the form they are written. */
export const addresses = z.readonly(
  z.array(allowEntry).check(
    z.maxLength(allowEntriesMax),
    z.refine(
      (entries) => JSON.stringify(entries).length <= allowBytesMax,
      `must be at most ${allowBytesMax} bytes of text: join neighbours to larger blocks`,
    ),
  ),
);

const nameEntry = z.string().check(
  z.refine((text) => isSequenceName(text), `must be ${nameRule}`),
  z.refine((text) => text !== defaultName, `must be left out: ${defaultName} is always served`),
);

/** Names of sequences, each once. */
export const sequenceNames = z.readonly(
  z.array(nameEntry).check(z.maxLength(namesMax), (context) => {
    const seen = new Set<string>();
    for (const [index, name] of context.value.entries()) {
      const message = 'must be given once';
      if (seen.has(name)) {
        context.issues.push({ code: 'custom', input: name, path: [index], message });
      }
      seen.add(name);
    }
  }),
);

/** The size counts as JSON text, since a path of nothing but quotes would take twice its length. */
function storable(bytesMax: number) {
  const fits = (text: string) =>
    !unstorable.test(text) && Buffer.byteLength(JSON.stringify(text)) - 2 <= bytesMax;
  return z.refine<string>(fits, `must be at most ${bytesMax} bytes, without control characters`);
}
