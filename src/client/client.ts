/**
 * A client of the session port, to ask for numbers from a program.
 *
 * It never returns a number twice, nor one whose end it did not see: a request that was written is never
 * asked again. Each error says whether its request may have used up numbers.
 */

import { ClientError } from './client-error.js';
import {
  connectTimeoutMsDefault,
  pendingMaxDefault,
  requestTimeoutMsDefault,
  timeoutMsMax,
} from './limits.js';
import {
  type RequestOptions,
  type SequenceClient,
  SessionClient,
  type SessionClientOptions,
} from './session-client.js';

export type { NumberRange } from '../sequence/range.js';
export { ClientError, type ClientErrorCode } from './client-error.js';
export type { RequestOptions, SequenceClient } from './session-client.js';

export interface ConnectOptions {
  readonly host: string;
  /** The server's `session-port`. */
  readonly port: number;
  /** Ends the connecting; without effect once the client is there. */
  readonly signal?: AbortSignal;
  /** For each connection, up to the server's first answer; 5000 by default. */
  readonly connectTimeoutMs?: number;
  /** From the call to the reply, reconnecting included; 10,000 by default. */
  readonly requestTimeoutMs?: number;
  /** Requests that may be waiting for their replies at once; 100,000 by default. */
  readonly pendingMax?: number;
}

/** Asks the instance's own sequence, or those that it serves by name. Every method rejects with ClientError. */
export interface Client extends SequenceClient {
  /**
   * Asks the sequence of that name, over the same connection. What is asked rejects with `unknown-sequence` where the
   * server does not serve it. Throws ClientError `argument` for what can be no name.
   */
  sequence(name: string): SequenceClient;
  /** Resolves when the server has answered. Uses up no number. */
  ping(options?: RequestOptions): Promise<void>;
  /**
   * Waits for the replies to what was asked, so that no number is lost, and disconnects. Without a
   * connection, what waits for one is rejected (`closed`).
   */
  close(): Promise<void>;
}

/**
 * Connects. Rejects with ClientError: `connect`, `protocol` (not a session port), `aborted`,
 * `argument`. A connection that is lost later is opened again when there is something to ask.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const client = new SessionClient(checked(options));
  await client.begin(options.signal);
  return client;
}

function checked({
  host,
  port,
  connectTimeoutMs = connectTimeoutMsDefault,
  requestTimeoutMs = requestTimeoutMsDefault,
  pendingMax = pendingMaxDefault,
}: ConnectOptions): SessionClientOptions {
  refuseOutside('port', port, 65535);
  refuseOutside('connectTimeoutMs', connectTimeoutMs, timeoutMsMax);
  refuseOutside('requestTimeoutMs', requestTimeoutMs, timeoutMsMax);
  refuseOutside('pendingMax', pendingMax, Number.MAX_SAFE_INTEGER);
  return { host, port, connectTimeoutMs, requestTimeoutMs, pendingMax };
}

function refuseOutside(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  const allowed = `it must be a whole number from 1 to ${most}`;
  throw new ClientError('argument', `Cannot connect: ${name} is ${value}: ${allowed}`, false);
}
