import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Counters } from '../../src/sequence/counter.js';
import type { Progression } from '../../src/sequence/progression.js';
import { SessionAnswers } from '../../src/server/session/answers.js';
import { chunkBytesMax } from '../../src/server/session/requests.js';
import { ClaimsOfAll } from '../../src/server/shared/claims.js';
import { Tally } from '../../src/server/shared/tally.js';
import { answerStream } from '../server/session/answer-stream.js';
import { type ModelAnswer, modelAnswer } from '../server/session/session-model.js';
import { byteEdits, edited, inPieces } from './byte-edits.js';
import { fuzz } from './fuzz.js';

interface Session {
  readonly instance: number;
  readonly increment: number;
  /** Numbers up to the end of the sequence. */
  readonly left: number;
  readonly stream: Buffer;
  /** How the stream is split into chunks. */
  readonly lengths: readonly number[];
}

/** The chunks of a stream as they are listened to. */
type Listen = (chunk: Buffer) => Buffer;

const names = ['default', 'a', 'in.voices'];

const request = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('default', 'a', 'in.voices', 'none')
      .map((name) => `\x01${name}\x02`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'in.voices', 'none'), fc.integer({ min: 1, max: 1_000_001 }))
      .map(([name, count]) => `\x01${name} ${count}\x02`),
  },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }).map((count) => '\x02'.repeat(count)) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 1_000_001 }).map((count) => `${count}\x02`) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map((count) => `${count}\x02`) },
  { weight: 2, arbitrary: fc.constant('\x07') },
  { weight: 1, arbitrary: fc.constantFrom('0', '00', '1', '1000000', '\x03', '\n', '+', ' ') },
);

const sessions: fc.Arbitrary<Session> = fc
  .record({
    instance: fc.nat(32_767),
    increment: fc.integer({ min: 1, max: 32_767 }),
    left: fc.oneof(fc.nat(60), fc.nat(5_000_000), fc.constant(2 ** 48)),
    requests: fc.array(request, { maxLength: 40 }),
    edits: byteEdits(2),
    lengths: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
  })
  .map(({ requests, edits, ...rest }) => {
    const stream = edited(Buffer.from(requests.join(''), 'latin1'), edits);
    return { ...rest, stream };
  });

const listen: Listen = (chunk) => chunk;

function answersOf({ instance, increment, left }: Session): SessionAnswers {
  const first = BigInt(instance);
  const step = BigInt(increment);
  const max = first + (BigInt(left) - 1n) * step;
  const progression: Progression = { instance: first, increment: step, max };
  const counters = Counters.allocate(names.length);
  for (const place of names.keys()) counters.at(place).raise(BigInt(left), BigInt(left));
  // The marks are where they are: what a request would do is not what is looked at here.
  const tally = Tally.allocate(1).ofThread(0);
  return new SessionAnswers(new ClaimsOfAll(counters, progression, () => {}, tally), names);
}

function answer(session: Session, target: Listen): ModelAnswer {
  const chunks = inPieces(session.stream, session.lengths).map(target);
  return answerStream(chunks, answersOf(session));
}

/** As if a zero meant nothing where a request may begin, for all that a chunk can tell. */
const listenLeniently: Listen = (chunk) => {
  const text = chunk.toString('latin1').replace(/(?<!\d|^)0+/g, '');
  return Buffer.from(text, 'latin1');
};

fuzz('whatever bytes a session sends, in whatever pieces, it is answered as the model says', {
  cases: sessions.filter(({ stream }) => stream.length <= chunkBytesMax),
  runs: 3000,
  target: listen,
  canary: { bug: 'a decoder that takes a leading zero', target: listenLeniently },
  check: (session, target) => {
    const { stream, instance, increment, left } = session;
    const text = stream.toString('latin1');
    const expected = modelAnswer(text, BigInt(instance), BigInt(increment), BigInt(left), names);
    assert.deepEqual(answer(session, target), expected);
  },
});
