/** Replies in RESP2 and RESP3, as bytes. Pure. Source of the format: the protocol specification of Redis. */

/** Version of the protocol that a connection speaks. */
export type RespVersion = 2 | 3;

/** What is no control character and cannot end a line: names of others come into errors. */
const unprintable = /[^\x20-\x7e]/g;
const quotedMax = 64;

export function simple(text: string): Uint8Array {
  return Buffer.from(`+${text}\r\n`, 'latin1');
}

/** `text` begins with the code of the error, as clients look at it: `ERR ...`. */
export function error(text: string): Uint8Array {
  return Buffer.from(`-${text.replace(unprintable, '?')}\r\n`, 'latin1');
}

/** What a client sent, as it may stand in an error. */
export function quoted(text: string): string {
  const shown = text.length > quotedMax ? `${text.slice(0, quotedMax)}...` : text;
  return `'${shown}'`;
}

export function integer(value: number): Uint8Array {
  return Buffer.from(`:${value}\r\n`, 'latin1');
}

export function bulk(text: string): Uint8Array {
  return Buffer.from(bulkText(text), 'latin1');
}

function bulkText(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** The absence of a value. */
export function nil(version: RespVersion): Uint8Array {
  return Buffer.from(version === 3 ? '_\r\n' : '$-1\r\n', 'latin1');
}

/** A value within an array or a map. */
export type Item = string | number | readonly Item[];

function itemText(item: Item): string {
  if (typeof item === 'number') return `:${item}\r\n`;
  if (typeof item === 'string') return bulkText(item);
  return `*${item.length}\r\n${item.map(itemText).join('')}`;
}

export function array(items: readonly Item[]): Uint8Array {
  return Buffer.from(itemText(items), 'latin1');
}

/** A map, which in RESP2 is an array of names and values in turn. */
export function map(
  entries: readonly (readonly [string, Item])[],
  version: RespVersion,
): Uint8Array {
  const head = version === 3 ? `%${entries.length}` : `*${2 * entries.length}`;
  const body = entries.map(([name, value]) => bulkText(name) + itemText(value)).join('');
  return Buffer.from(`${head}\r\n${body}`, 'latin1');
}

/** Text of several lines for people. */
export function verbatim(text: string, version: RespVersion): Uint8Array {
  if (version === 2) return bulk(text);
  return Buffer.from(`=${text.length + 4}\r\ntxt:${text}\r\n`, 'latin1');
}
