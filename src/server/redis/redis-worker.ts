/** A worker thread of the Redis port. */

import type { SharedCounter } from '../../sequence/counter.js';
import { SessionThread } from '../session/session-thread.js';
import type { Claims } from '../shared/claims.js';
import type { RedisOrder } from '../shared/thread-messages.js';
import { carryOut } from '../threads/spawn.js';
import { RedisProtocol } from './redis-protocol.js';

carryOut<RedisOrder>((order, port) => {
  const { progression, names, version, rangeMax, epolls, thread } = order;
  const ids = { firstId: thread + 1, idStep: epolls.length };
  const protocolOver = (claims: Claims, counter: SharedCounter) =>
    new RedisProtocol({ claims, counter, progression, names, version, rangeMax, ...ids });
  new SessionThread(order, port, protocolOver).run();
});
