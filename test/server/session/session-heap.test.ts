import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RequestList } from '../../../src/server/session/request-list.js';
import { UnfinishedRequest } from '../../../src/server/session/requests.js';
import { Session } from '../../../src/server/session/session.js';
import { sessionHeapMb } from '../../../src/server/session/start.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** JavaScript memory of these, once garbage is collected. */
function heapBytesOf(make: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const kept = make();
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  assert.ok(kept);
  return bytes;
}

test('the heap of a session thread holds as many clients that do not read as may be there', () => {
  const count = 65_536;
  const bytes = heapBytesOf(() => {
    const open = new Map<number, Session<UnfinishedRequest>>();
    const pending = new Set<Session<UnfinishedRequest>>();
    for (let fd = 0; fd < count; fd++) {
      const session = new Session(fd, fd + 0.5, new UnfinishedRequest());
      session.unsent = new Uint8Array(1);
      session.requests = new RequestList(new Int32Array(0)).rest();
      open.set(fd, session);
      pending.add(session);
    }
    return { open, pending };
  });
  assert.ok(bytes / 2 ** 20 < sessionHeapMb(count) - sessionHeapMb(0), `${bytes} bytes`);
});
