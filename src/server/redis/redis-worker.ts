/** A worker thread of the Redis port. */

import { SessionThread } from '../session/session-thread.js';
import type { ClaimsOfAll } from '../shared/claims.js';
import type { RedisOrder } from '../shared/thread-messages.js';
import { carryOut } from '../threads/spawn.js';
import { RedisProtocol } from './redis-protocol.js';

carryOut<RedisOrder>((order, port) => {
  const { names, version, rangeMax, epolls, thread } = order;
  const ids = { firstId: thread + 1, idStep: epolls.length };
  const protocolOver = (claims: ClaimsOfAll) =>
    new RedisProtocol({ claims, names, version, rangeMax, ...ids });
  new SessionThread(order, port, protocolOver).run();
});
