/** A client of the one-shot port that takes note of every byte. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** All that the server sends until it closes. Rejects when it refuses or resets. */
export async function ask(port: number): Promise<string> {
  const connection = connect(port, '127.0.0.1');
  return await text(connection);
}

/** A client that is connected: in the backlog, as long as nobody accepts it. Its answer is as `lineOrRefusal`'s. */
export async function waitingClient(port: number): Promise<{ readonly answer: Promise<string> }> {
  const connection = connect(port, '127.0.0.1');
  await once(connection, 'connect');
  return { answer: orCode(text(connection)) };
}

async function orCode(answer: Promise<string>): Promise<string> {
  return await answer.catch((error: NodeJS.ErrnoException) => error.code ?? 'no code');
}

/** What the server sends, or the code of the error that it answers with. */
export async function lineOrRefusal(port: number): Promise<string> {
  return await orCode(ask(port));
}

/** Connects and goes away at once with a reset, before the answer. */
export async function connectAndReset(port: number): Promise<void> {
  const connection = connect(port, '127.0.0.1');
  await once(connection, 'connect');
  connection.resetAndDestroy();
}

/** Connects and leaves it at that: the answer may never come. */
export function knock(port: number): void {
  connect(port, '127.0.0.1').unref();
}

/** A client that has sent something, and perhaps the end of its stream, before it reads. All that it gets, a reset or not. */
export async function sendingClient(
  port: number,
  isHalfClosed: boolean,
): Promise<{ readonly answer: Promise<string> }> {
  const connection = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  connection.on('data', (bytes) => {
    received += bytes.toString('latin1');
  });
  const answer = new Promise<string>((resolve) => {
    connection.on('error', () => {}).on('close', () => resolve(received));
    connection.on('end', () => connection.end());
  });
  await once(connection, 'connect');
  await new Promise((resolve) => connection.write('GET / HTTP/1.0\r\n\r\n', resolve));
  if (isHalfClosed) connection.end();
  return { answer };
}
