/**
 * The protocol of the Redis port over the sessions of a thread: all that a chunk asks for is claimed at once, as far
 * as it goes, and rendered into one buffer.
 *
 * No number above 2^53 - 1 leaves here: clients keep integers as doubles, round a larger one to its neighbour without
 * a word, and so make a repeated number of it.
 */

import { ForeignMemory } from '../../libc/memory.js';
import { exactMax, indexAtOrAbove, numberAt } from '../../sequence/progression.js';
import { rangeCountMax } from '../../sequence/range.js';
import type { Progress, Protocol } from '../session/protocol.js';
import { areLarge } from '../session/request-list.js';
import type { Claims, ClaimsOfAll } from '../shared/claims.js';
import { onlyNumbers, type RedisContext, runCommand } from './commands.js';
import { decodeChunk, type RequestSink } from './decoder.js';
import { type OtherReply, RedisRequests } from './requests.js';
import { error } from './resp.js';
import { RedisState } from './state.js';

/** `:`, sixteen digits, CR LF. */
const numberBytesMax = 19;

/** For the replies of a part; a longer single one has a part and a buffer of its own. */
const bufferBytes = 65_536;

/** `:`, CR LF. */
const framing = { before: [0x3a], after: [0x0d, 0x0a] };

const none = new Uint8Array(0);

export interface RedisProtocolOptions {
  readonly claims: ClaimsOfAll;
  /** Of the sequences, in the order of their places. */
  readonly names: readonly string[];
  readonly version: string;
  /** Most numbers of one request. */
  readonly rangeMax: number;
  /** Ids of connections are this and so many further on each: none is given twice. */
  readonly firstId: number;
  readonly idStep: number;
}

export class RedisProtocol implements Protocol<RedisState>, RequestSink {
  readonly replies = new RedisReplies();
  readonly #options: RedisProtocolOptions;
  readonly #context: RedisContext;
  /** First index whose number is not exact in every client. */
  readonly #exactEnd: bigint;
  #nextId: number;
  /** For what is read of a chunk. */
  readonly #scratch = new RedisRequests(new RedisState(0));
  /** What is read goes there. */
  #requests = this.#scratch;
  /** Whether the last request asked for one number, so that its bytes once more do so too. */
  #wasNumber = false;
  #partEnd = 0;
  #partNumbers = 0;

  constructor(options: RedisProtocolOptions) {
    this.#options = options;
    this.#nextId = options.firstId;
    this.#exactEnd = indexAtOrAbove(options.claims.progression, exactMax + 1n);
    const { names, version, rangeMax } = options;
    const places = new Map(names.map((name, place) => [name, place]));
    this.#context = { names, places, version, rangeMax, last: (place) => this.#last(place) };
  }

  begin(): RedisState {
    const state = new RedisState(this.#nextId);
    this.#nextId += this.#options.idStep;
    return state;
  }

  decode(bytes: Buffer, count: number, session: { state: RedisState }): RedisRequests {
    this.#scratch.state = session.state;
    this.#read(this.#scratch, bytes, count);
    return this.#scratch;
  }

  /** As much as the list takes. What is left is kept in memory of its own: that of a chunk is another session's next. */
  #read(requests: RedisRequests, bytes: Buffer, count: number): void {
    requests.clear();
    this.#requests = requests;
    this.#wasNumber = false;
    const { state } = requests;
    state.unread = undefined;
    const left = decodeChunk(bytes, count, state, this);
    if (left.length > 0) state.unread = Buffer.from(left);
  }

  request(args: readonly string[]): void {
    const outcome = runCommand(args, this.#requests.state, this.#context);
    this.#wasNumber = outcome.kind === 'numbers' && outcome.count === 1;
    if (outcome.kind !== 'numbers') {
      this.#requests.addOther(outcome.reply);
      if (outcome.kind === 'quit') this.#requests.isViolated = true;
      return;
    }
    this.#requests.select(outcome.place);
    if (outcome.count === 1) this.#requests.addNumber();
    else this.#requests.addRange(outcome.count);
  }

  repeat(): boolean {
    if (this.#wasNumber) this.#requests.addNumber();
    return this.#wasNumber;
  }

  tooLarge(): void {
    this.#requests.addOther(onlyNumbers('of so many bytes'));
  }

  violation(what: string): void {
    this.#requests.addOther(error(`ERR Protocol error: ${what}`));
    this.#requests.isViolated = true;
  }

  get isOver(): boolean {
    return this.#requests.isViolated;
  }

  get isFull(): boolean {
    return this.#requests.isFull;
  }

  rangeRoom(sequence: number): number {
    return this.#options.claims.at(sequence).rangeRoom();
  }

  answer(requests: RedisRequests): Progress {
    this.replies.clear();
    for (;;) {
      const { unread } = requests.state;
      if (requests.next === requests.length && unread !== undefined) {
        this.#read(requests, unread, unread.length);
      }
      const progress = this.#answerPart(requests, this.#options.claims.at(requests.sequence));
      // All that is small leaves in one send, as far as the buffer reaches.
      const goesOn =
        progress === 'part' && !areLarge(requests) && this.replies.length < bufferBytes;
      if (!goesOn) return progress;
    }
  }

  #answerPart(requests: RedisRequests, claims: Claims): Progress {
    this.#measurePart(requests);
    const wanted = this.#partNumbers;
    if (wanted > 0 && !this.#areExact(claims, wanted)) return this.#answerOne(requests, claims);
    if (wanted > 0 && !claims.claimNow(wanted)) {
      return claims.isHopeless(wanted) ? this.#answerOne(requests, claims) : 'short';
    }
    const isExact = wanted === 0 || this.#wasExact(claims, wanted);
    while (requests.next < this.#partEnd)
      this.#reply(requests, claims, requests.takeNext(), isExact);
    return requests.isAnswered ? 'all' : 'part';
  }

  /**
   * How far one claim and one buffer reach. What is to be rendered at its turn is a part of its own: it may tell of
   * numbers, and so those asked for behind it must not be claimed yet.
   */
  #measurePart(requests: RedisRequests): void {
    const { entries, next, groupEnd, others, nextOther } = requests;
    let [bytes, other] = [this.replies.length, nextOther];
    this.#partEnd = next;
    this.#partNumbers = 0;
    while (this.#partEnd < groupEnd) {
      const entry = entries[this.#partEnd] ?? 0;
      const text = entry === 0 ? others[other++] : none;
      const isFirst = this.#partEnd === next;
      if (typeof text === 'function' && !isFirst) return;
      const size = typeof text === 'function' ? 0 : (text?.length ?? 0);
      bytes += entry === 0 ? size : numberBytesMax * (entry < 0 ? -entry : 1);
      const numbers = this.#partNumbers + Math.abs(entry);
      if (!isFirst && (bytes > bufferBytes || numbers > rangeCountMax)) return;
      this.#partNumbers = numbers;
      this.#partEnd++;
      if (typeof text === 'function') return;
    }
  }

  #reply(requests: RedisRequests, claims: Claims, entry: number, isExact: boolean): void {
    if (entry === 0) this.replies.add(requests.takeOther());
    else if (!isExact) this.#refuse(entry, beyondExact);
    else if (entry > 0) this.replies.addLast(claims.odometer, entry);
    else this.replies.addNumbers(claims.odometer, -entry);
  }

  #refuse(entry: number, reason: Uint8Array): void {
    for (let left = entry < 0 ? -entry : 1; left > 0; left--) this.replies.add(reason);
  }

  /** Near the end of the numbers: one request by itself. */
  #answerOne(requests: RedisRequests, claims: Claims): Progress {
    const wanted = requests.nextNumbers;
    if (wanted === 0) {
      this.#reply(requests, claims, requests.takeNextOne(), true);
    } else if (!this.#areExact(claims, wanted)) {
      this.#refuse(Math.sign(requests.takeNextOne()), beyondExact);
    } else if (claims.claimNow(wanted)) {
      const isExact = this.#wasExact(claims, wanted);
      this.#reply(requests, claims, requests.takeNextOne(), isExact);
    } else {
      if (!claims.isHopeless(wanted)) return 'short';
      if (claims.whyNone() === 'stopping') return 'over';
      this.#refuse(Math.sign(requests.takeNextOne()), atEnd);
    }
    return requests.isAnswered ? 'all' : 'part';
  }

  /** Whether so many more stay below what every client keeps exactly, as far as can be told before they are claimed. */
  #areExact(claims: Claims, count: number): boolean {
    return isFarBelowExact(claims) || claims.cursor() + BigInt(count) <= this.#exactEnd;
  }

  /** Whether the last claim, of so many, does. */
  #wasExact(claims: Claims, count: number): boolean {
    return isFarBelowExact(claims) || claims.firstIndex() + BigInt(count) <= this.#exactEnd;
  }

  #last(place: number): string | undefined {
    const { claims } = this.#options;
    const cursor = claims.counters.cursor(place);
    return cursor === 0n ? undefined : String(numberAt(claims.progression, cursor - 1n));
  }
}

/** By the digits of the last claim: with one less than 2^53 has, a whole claim more is far below that. */
function isFarBelowExact({ odometer, hasClaimed }: Claims): boolean {
  return hasClaimed && odometer.digits < exactDigits;
}

const exactDigits = String(exactMax).length;

const beyondExact = error(
  'ERR the next number is above 2^53-1, which clients of Redis round: ask on the one-shot or the session port',
);
const atEnd = error('ERR the sequence is at its end: no number is left');

class RedisReplies {
  #memory = new ForeignMemory(bufferBytes);
  length = 0;

  get memory(): ForeignMemory {
    return this.#memory;
  }

  get bytes(): Buffer {
    return this.#memory.bytes;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > bufferBytes) this.#memory = new ForeignMemory(bufferBytes);
  }

  add(reply: OtherReply): void {
    const bytes = typeof reply === 'function' ? reply() : reply;
    if (this.length + bytes.length > this.bytes.length) this.#grow(this.length + bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The numbers that the odometer shows, each as a reply. */
  addNumbers(odometer: Claims['odometer'], count: number): void {
    if (this.length + count * numberBytesMax > this.bytes.length) {
      this.#grow(this.length + count * numberBytesMax);
    }
    this.length = odometer.writeRun(this.bytes, this.length, count, framing);
  }

  /** The last of so many numbers, which is the reply to all of them. */
  addLast(odometer: Claims['odometer'], count: number): void {
    odometer.skip(count - 1);
    this.addNumbers(odometer, 1);
  }

  #grow(size: number): void {
    const larger = new ForeignMemory(size);
    larger.bytes.set(this.bytes.subarray(0, this.length));
    this.#memory = larger;
  }
}
