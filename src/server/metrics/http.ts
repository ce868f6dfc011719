/**
 * HTTP on the metrics port (RFC 9112): the head of a request, read strictly, and the bytes of a response. Pure.
 *
 * It is written here because nothing else fits behind the jail's door: Node's parser comes with
 * node:http, whose sockets need event loop watchers that cannot be made after the filter is up (see
 * jail.ts), and nothing may be loaded then. All that is served is two documents, so what a request may
 * be is little: a head of limited size, no body, one request per connection.
 */

/** The head as a whole, request line included. */
export const headBytesMax = 8192;
const fieldsMax = 64;

export type RequestReading =
  /** More bytes have to come. */
  | { readonly kind: 'unfinished' }
  /** `path`: without the query. */
  | { readonly kind: 'request'; readonly method: 'GET' | 'HEAD'; readonly path: string }
  | { readonly kind: 'refused'; readonly status: 400 | 405 | 431 | 505 };

const unfinished = { kind: 'unfinished' } as const;
const malformed = { kind: 'refused', status: 400 } as const;
const tooLarge = { kind: 'refused', status: 431 } as const;

/** A line may end without its carriage return, as by hand in nc. */
const lineEnd = /\r?\n/;
const headEnd = /\r?\n\r?\n/;
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const requestLine = new RegExp(`^(${token}) ([\\x21-\\x7e]+) HTTP/(\\d)\\.(\\d)$`);
/** Neither a line of its own nor another control character can hide in a value. */
const field = new RegExp(`^(${token}):[\\t\\x20-\\x7e\\x80-\\xff]*$`);

/** Reads what has come of a request so far. */
export function readRequest(bytes: Buffer): RequestReading {
  const text = bytes.toString('latin1', 0, headBytesMax + 1);
  const end = text.search(headEnd);
  if (end < 0 && bytes.length > headBytesMax) return tooLarge;
  if (end < 0) return unfinished;
  const [first = '', ...fields] = text.slice(0, end).split(lineEnd);
  if (fields.length > fieldsMax) return tooLarge;
  const line = requestLine.exec(first);
  if (line === null) return malformed;
  const [, method = '', target = '', major = '', minor = ''] = line;
  if (major !== '1') return { kind: 'refused', status: 505 };
  if (!fields.every((line) => field.test(line))) return malformed;
  if (method !== 'GET' && method !== 'HEAD') return { kind: 'refused', status: 405 };
  if (!isHostNamed(fields, minor) || hasBody(fields)) return malformed;
  const path = pathOf(target);
  return path === undefined ? malformed : { kind: 'request', method, path };
}

/** From HTTP/1.1 on a request names its host, once. */
function isHostNamed(fields: readonly string[], minor: string): boolean {
  const hosts = valuesOf(fields, 'host').length;
  return hosts === 1 || (minor === '0' && hosts === 0);
}

function hasBody(fields: readonly string[]): boolean {
  const isEmpty = valuesOf(fields, 'content-length').every((value) => value === '0');
  return !isEmpty || valuesOf(fields, 'transfer-encoding').length > 0;
}

function valuesOf(fields: readonly string[], name: string): string[] {
  return fields
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

/** A target may come as a whole address, as to a proxy. */
function pathOf(target: string): string | undefined {
  const path = target.replace(/^http:\/\/[^/?]+/i, '').replace(/[?#].*$/, '');
  return path.startsWith('/') ? path : undefined;
}

/** What the port answers, with the words of RFC 9110. */
const reasons = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
} as const;

export type Status = keyof typeof reasons;

/** The format of a text for Prometheus; its version is the format's. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';
const lineType = 'text/plain; charset=utf-8';

export interface Response {
  readonly status: Status;
  readonly type: string;
  readonly body: Uint8Array;
}

/** A response of one line: `line`, or what the status is called. */
export function lineResponse(status: Status, line: string = reasons[status]): Response {
  return { status, type: lineType, body: Buffer.from(`${line}\n`) };
}

/** `withBody`: false for HEAD, which gets the same head. */
export function encodeResponse(
  { status, type, body }: Response,
  { withBody, date }: { readonly withBody: boolean; readonly date: Date },
): Buffer {
  const head = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    `Date: ${date.toUTCString()}`,
    'Connection: close',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  return withBody ? Buffer.concat([bytes, body]) : bytes;
}
