/** What a client can ask of a session server: the bytes, and the reply that is due. Pure. */

import { NumberRange } from '../sequence/range.js';
import { pong, type Reply } from './reply-reader.js';

const stx = '\x02';

export interface Question<Answer extends Reply = Reply> {
  readonly bytes: string;
  /** Whether it uses up numbers. */
  readonly consumes: boolean;
  /** Whether this is the reply to it. */
  readonly accepts: (reply: Reply) => reply is Answer;
}

export const numberQuestion: Question<bigint> = {
  bytes: stx,
  consumes: true,
  accepts: (reply) => typeof reply === 'bigint',
};

export const pingQuestion: Question<typeof pong> = {
  bytes: '\x07',
  consumes: false,
  accepts: (reply) => reply === pong,
};

export function rangeQuestion(count: number): Question<NumberRange> {
  return {
    bytes: `${count}${stx}`,
    consumes: true,
    accepts: (reply): reply is NumberRange => reply instanceof NumberRange && reply.count === count,
  };
}
