/** The replies to one chunk of requests, one behind the other in one buffer, to leave in one send. */

import { ForeignMemory } from '../../libc/memory.js';
import { digitsMax, type Odometer } from '../../sequence/decimal.js';
import { bell, chunkBytesMax, endOfText } from './requests.js';

/** The reply for a sequence that is not served. */
const negativeAcknowledge = 0x15;

const framing = { before: [], after: [endOfText] };

/** A number and its ETX: the longest reply to one byte. */
const numberBytesMax = digitsMax + 1;

/**
 * `+32767*1000000`, which a range has on top of a number. A range takes two bytes to ask for, and so
 * stays below two numbers, unless its count came with an earlier chunk: that is one range at most.
 */
const rangeBytesMax = 14;

export class SessionReplies {
  readonly memory = new ForeignMemory(chunkBytesMax * numberBytesMax + rangeBytesMax);
  readonly bytes = this.memory.bytes;
  length = 0;
  readonly #increment: bigint;

  /** `increment`: the distance of two numbers of any sequence. */
  constructor(increment: bigint) {
    this.#increment = increment;
  }

  clear(): void {
    this.length = 0;
  }

  addBell(): void {
    this.bytes[this.length++] = bell;
  }

  addUnserved(): void {
    this.bytes[this.length++] = negativeAcknowledge;
  }

  /** Replies to `count` requests for one number each. `odometer`: shows the first number that was claimed for them. */
  addNumbers(odometer: Odometer, count: number): void {
    this.length = odometer.writeRun(this.bytes, this.length, count, framing);
  }

  /** The reply to a request for a range: `first+increment*count`. */
  addRange(odometer: Odometer, count: number): void {
    this.length = odometer.write(this.bytes, this.length);
    const rest = `+${this.#increment}*${count}`;
    this.length += this.bytes.write(rest, this.length, 'latin1');
    this.bytes[this.length++] = endOfText;
    odometer.skip(count);
  }
}
