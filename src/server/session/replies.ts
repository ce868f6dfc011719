/** The replies to one chunk of requests, one behind the other in one buffer, to leave in one send. */

import { digitsMax, Odometer } from '../../sequence/decimal.js';
import { numberAt, type Progression } from '../../sequence/progression.js';
import { rangeCountMax } from '../../sequence/range.js';
import { bell, chunkBytesMax, endOfText } from './requests.js';

/** A number and its ETX: the longest reply to one byte. */
const numberBytesMax = digitsMax + 1;

/**
 * `+32767*1000000`, which a range has on top of a number. A range takes two bytes to ask for, and so
 * stays below two numbers, unless its count came with an earlier chunk: that is one range at most.
 */
const rangeBytesMax = 14;

export class SessionReplies {
  readonly bytes = Buffer.alloc(chunkBytesMax * numberBytesMax + rangeBytesMax);
  length = 0;
  readonly #progression: Progression;
  readonly #odometer: Odometer;
  /** Index that the odometer was at, and how many numbers it has gone on since. */
  #fromIndex = 0n;
  #passed = 0;

  constructor(progression: Progression) {
    this.#progression = progression;
    this.#odometer = new Odometer(Number(progression.increment));
    this.#odometer.set(numberAt(progression, 0n));
  }

  clear(): void {
    this.length = 0;
  }

  /** The numbers of the replies that follow begin with this index. */
  startAt(index: bigint): void {
    const ahead = Number(index - this.#fromIndex) - this.#passed;
    // The numbers between were claimed by others: to pass them is cheaper than to convert anew.
    if (ahead >= 0 && ahead <= rangeCountMax) this.#odometer.skip(ahead);
    else this.#odometer.set(numberAt(this.#progression, index));
    this.#fromIndex = index;
    this.#passed = 0;
  }

  addBell(): void {
    this.bytes[this.length++] = bell;
  }

  /** Replies to `count` requests for one number each. */
  addNumbers(count: number): void {
    this.length = this.#odometer.writeRun(this.bytes, this.length, count, endOfText);
    this.#passed += count;
  }

  /** The reply to a request for a range: `first+increment*count`. */
  addRange(count: number): void {
    this.length = this.#odometer.write(this.bytes, this.length);
    const rest = `+${this.#progression.increment}*${count}`;
    this.length += this.bytes.write(rest, this.length, 'latin1');
    this.bytes[this.length++] = endOfText;
    this.#odometer.skip(count);
    this.#passed += count;
  }
}
