/** What a client can ask of a session server: the bytes, and the reply that is due. Pure. */

import { NumberRange } from '../sequence/range.js';
import { pong, type Reply } from './reply-reader.js';

const soh = '\x01';
const stx = '\x02';

export interface Question<Answer extends Reply = Reply> {
  readonly bytes: string;
  /** The sequence that is asked by its name; undefined: the instance's own, or none. */
  readonly sequence?: string;
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

/** The same of a sequence with a name. */
export function numberQuestionOf(sequence: string): Question<bigint> {
  return { ...numberQuestion, bytes: `${soh}${sequence}${stx}`, sequence };
}

export const pingQuestion: Question<typeof pong> = {
  bytes: '\x07',
  consumes: false,
  accepts: (reply) => reply === pong,
};

/** `sequence`: the name of one, where it is not the instance's own. */
export function rangeQuestion(count: number, sequence?: string): Question<NumberRange> {
  const name = sequence === undefined ? '' : `${soh}${sequence} `;
  return {
    bytes: `${name}${count}${stx}`,
    ...(sequence === undefined ? {} : { sequence }),
    consumes: true,
    accepts: (reply): reply is NumberRange => reply instanceof NumberRange && reply.count === count,
  };
}
