/** IPv4 and IPv6 addresses as text and as bytes. Pure. Source of the forms: RFC 4291 and RFC 5952. */

const v4Bytes = 4;
const v6Bytes = 16;

/** Where the IPv4 address is in an IPv6 one that stands for it: ::ffff:0:0/96. */
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The 4 or 16 bytes of an address, the first ones first; undefined for what is none. A zone (`%eth0`) is none. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function isIpv6(text: string): boolean {
  return parseAddress(text)?.length === v6Bytes;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isValid = parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return parts.length === v4Bytes && isValid ? Uint8Array.from(parts, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === v6Bytes ? Uint8Array.from(head) : undefined;
  if (tail === undefined) return undefined;
  const zeros = v6Bytes - head.length - tail.length;
  // What is left out is at least one group.
  return zeros < 2 ? undefined : Uint8Array.from([...head, ...Array(zeros).fill(0), ...tail]);
}

/** The bytes of groups between colons; `isLast`: an IPv4 address may be the last of them. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const ipv4 = isLast && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined && !/^[0-9A-Fa-f]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(...(ipv4 ?? [value >> 8, value & 0xff]));
  }
  return bytes;
}

/** The IPv4 address that an IPv6 one stands for, if it does; any other address as it is. */
export function unmapped(address: Uint8Array): Uint8Array {
  const isMapped =
    address.length === v6Bytes && mappedPrefix.every((byte, place) => address[place] === byte);
  return isMapped ? address.subarray(mappedPrefix.length) : address;
}

/** The one text that stands for an address. */
export function addressText(address: Uint8Array): string {
  if (address.length === v4Bytes) return address.join('.');
  const groups = Array.from({ length: v6Bytes / 2 }, (_, place) =>
    (((address[2 * place] ?? 0) << 8) | (address[2 * place + 1] ?? 0)).toString(16),
  );
  const text = groups.join(':');
  // The longest run of zeros, two at least, the first of equal ones.
  let [at, length] = [0, 0];
  for (const { 0: run, index } of text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)) {
    if (run.length > length) [at, length] = [index, run.length];
  }
  if (length === 0) return text;
  const [before, after] = [text.slice(0, at), text.slice(at + length)];
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}

/** An address, and how many of its bits count. */
export interface Network {
  readonly address: Uint8Array;
  readonly prefix: number;
}

/** A block such as 10.0.0.0/8 or 2001:db8::/32; a single address is one of all its bits. Undefined for what is none. */
export function parseNetwork(text: string): Network | undefined {
  const [start = '', bits, more] = text.split('/');
  const address = parseAddress(start);
  if (address === undefined || more !== undefined) return undefined;
  const most = 8 * address.length;
  if (bits === undefined) return { address, prefix: most };
  const isNumber = /^(?:0|[1-9]\d{0,2})$/.test(bits);
  return isNumber && Number(bits) <= most ? { address, prefix: Number(bits) } : undefined;
}

/** The text of a network with its host bits cleared. */
export function networkText({ address, prefix }: Network): string {
  const start = address.map((byte, place) => byte & maskOf(prefix, place));
  const text = addressText(start);
  return prefix === 8 * address.length ? text : `${text}/${prefix}`;
}

/** Whether an address of the same family lies in a network. */
export function isInNetwork(address: Uint8Array, network: Network): boolean {
  if (address.length !== network.address.length) return false;
  return network.address.every((byte, place) => {
    return (((address[place] ?? 0) ^ byte) & maskOf(network.prefix, place)) === 0;
  });
}

/** The bits of the byte at that place that count. */
function maskOf(prefix: number, place: number): number {
  const bits = Math.min(8, Math.max(0, prefix - 8 * place));
  return (0xff00 >> bits) & 0xff;
}

/** An address and a port in one text. */
export function endpointText(ip: string, port: number | undefined): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
