/** A client of the one-shot port: a connection for each number. */

import { createConnection } from 'node:net';
import { ClientError, type ClientErrorCode, quoted, reasonOf } from './client-error.js';
import { requestTimeoutMsDefault } from './limits.js';
import { type Address, nameOf } from './session.js';

/** The digits of a 64-bit number and a newline. */
const replyLengthMax = 21;

/** One number. Rejects with ClientError: `connect`, `connection-lost`, `timeout`, `protocol`. */
export function askOneShot(address: Address): Promise<bigint> {
  return new Promise((resolve, reject) => {
    let text = '';
    let isConnected = false;
    const fail = (code: ClientErrorCode, reason: string, cause?: unknown): void => {
      const message = `Cannot get a number from ${nameOf(address)}: ${reason}`;
      // Once there is a connection, a number may be on its way.
      reject(new ClientError(code, message, isConnected, { cause }));
      connection.destroy();
    };
    const connection = createConnection({ ...address, timeout: requestTimeoutMsDefault })
      .on('connect', () => {
        isConnected = true;
      })
      .on('timeout', () => fail('timeout', `nothing came for ${requestTimeoutMsDefault} ms`))
      .on('error', (error: NodeJS.ErrnoException) => {
        // A reset can come before its connection shows.
        isConnected ||= error.code === 'ECONNRESET';
        fail(isConnected ? 'connection-lost' : 'connect', reasonOf(error), error);
      })
      .on('data', (bytes) => {
        text += bytes.toString('latin1');
        if (text.length > replyLengthMax) fail('protocol', `it sent ${quoted(text)}`);
      })
      .on('end', () => {
        if (/^\d{1,20}\n$/.test(text)) resolve(BigInt(text));
        else if (text === '') fail('connection-lost', 'it closed the connection without one');
        else fail('protocol', `it sent ${quoted(text)}`);
      });
  });
}
