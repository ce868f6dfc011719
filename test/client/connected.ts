/** A client of a fake server, both gone when the test is over. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Client, ClientError, type ConnectOptions, connect } from '../../src/client/client.js';
import { type Answering, FakeServer } from './fake-server.js';

export interface Connected {
  readonly server: FakeServer;
  readonly client: Client;
}

interface Setting {
  readonly answering?: Answering;
  readonly options?: Partial<ConnectOptions>;
}

export async function connected(
  context: TestContext,
  { answering, options }: Setting = {},
): Promise<Connected> {
  const server = await FakeServer.listen(answering);
  const client = await connect({ host: '127.0.0.1', port: server.port, ...options });
  context.after(async () => {
    await server.close();
    await client.close();
  });
  return { server, client };
}

/** The error that a request is rejected with. */
export async function errorOf(request: Promise<unknown>): Promise<ClientError> {
  try {
    await request;
  } catch (error) {
    assert.ok(error instanceof ClientError, String(error));
    return error;
  }
  assert.fail('the request was not rejected');
}

/** Code of the rejection, and whether it may have used up numbers. */
export async function rejection(request: Promise<unknown>): Promise<[string, boolean]> {
  const { code, mayHaveConsumed } = await errorOf(request);
  return [code, mayHaveConsumed];
}

/** Until the client has seen what the server did: both are on this event loop. */
export async function seen(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}
