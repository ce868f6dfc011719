/** A client of the metrics port that takes note of every byte. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Reply {
  /** 0 where there is none. */
  readonly status: number;
  /** By their names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
  /** Code of the error that ended the connection, if one did. */
  readonly error: string | undefined;
}

/** Sends these chunks one by one, and listens until the server closes. Never rejects. */
export async function exchange(port: number, ...chunks: (string | Buffer)[]): Promise<Reply> {
  const connection = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let error: string | undefined;
  connection.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  connection.on('error', ({ code }: NodeJS.ErrnoException) => {
    error = code ?? 'unknown';
  });
  const closed = once(connection, 'close').catch(() => undefined);
  for (const chunk of chunks) {
    connection.write(chunk);
    await nextTurn();
  }
  await closed;
  return { ...replyIn(text), error };
}

export async function get(port: number, path: string, method = 'GET'): Promise<Reply> {
  return await exchange(port, requestText(path, method));
}

export function requestText(path: string, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}

function replyIn(text: string): Omit<Reply, 'error'> {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(first.split(' ')[1] ?? 0),
    fields: new Map(fields),
    body: rest.join('\r\n\r\n'),
  };
}

/** The samples of a text for Prometheus, by name and labels as they stand there. */
export function samplesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))] as const;
    }),
  );
}
