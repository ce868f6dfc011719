/** A worker thread of the session port. */

import type { SessionOrder } from '../shared/thread-messages.js';
import { carryOut } from '../threads/spawn.js';
import { SessionAnswers } from './answers.js';
import { SessionThread } from './session-thread.js';

carryOut<SessionOrder>((order, port) => {
  const { names, rangeMax } = order;
  new SessionThread(order, port, (claims) => new SessionAnswers(claims, names, rangeMax)).run();
});
