/** What the session port's own code makes of a stream, without sockets. */

import type { SessionAnswers } from '../../../src/server/session/answers.js';
import type { ModelAnswer } from './session-model.js';

/** The answer to a stream that comes in these chunks, by a server that has its numbers reserved. */
export function answerStream(chunks: Iterable<Buffer>, answers: SessionAnswers): ModelAnswer {
  let replies = '';
  const session = { state: answers.begin() };
  for (const chunk of chunks) {
    const requests = answers.decode(chunk, chunk.length, session);
    let progress = answers.answer(requests);
    for (;;) {
      replies += answers.replies.bytes.toString('latin1', 0, answers.replies.length);
      if (progress !== 'part') break;
      progress = answers.answer(requests);
    }
    if (progress === 'short') throw new Error('numbers are not reserved');
    if (progress === 'over' || requests.isViolated) return { replies, isClosed: true };
  }
  return { replies, isClosed: false };
}
