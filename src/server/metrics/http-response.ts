/** What the metrics port answers, in bytes (RFC 9112). Pure. */

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
