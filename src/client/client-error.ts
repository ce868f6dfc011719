/** The one error class of the client, and what its messages quote. */

import { echoCharactersMax } from './limits.js';

export type ClientErrorCode =
  /** An option or a count is not what it may be. */
  | 'argument'
  /** No connection: nobody listens, or the server refuses this client. */
  | 'connect'
  /** The connection ended before the reply was whole. */
  | 'connection-lost'
  /** The server sent what it never may; the connection was closed. */
  | 'protocol'
  /** The server serves no sequence of that name. */
  | 'unknown-sequence'
  /** No reply in time. */
  | 'timeout'
  /** The caller's signal. */
  | 'aborted'
  /** Too many requests at once. */
  | 'queue-full'
  /** The client is closed. */
  | 'closed';

export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    readonly code: ClientErrorCode,
    message: string,
    /**
     * Whether the server may have used up numbers for this request: it was written, and its reply was
     * not seen. They are lost then; nobody else gets them. When false, asking again burns nothing.
     */
    readonly mayHaveConsumed: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The reason in an error of the network; that of several attempts at once has no message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : error.name;
  return error.message === '' ? code : error.message;
}

/** The start of what a server sent, to show it. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, echoCharactersMax));
}
