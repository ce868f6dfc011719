/**
 * The bytes of replies as runs: numbers that follow each other at the distance of the progression.
 * Nearly all replies to pipelined requests do, so what comes after costs little a number. No number
 * becomes a bigint here: at 20 million a second there is time for a few additions each.
 *
 * Written apart from the server's odometer, which it is there to check. Pure.
 */

/** A number is told as its last nine digits and those before them, so that a double holds either. */
export type TakeRun = (high: number, low: number, count: number) => void;

export const lowDigits = 9;

/** Digits that a double holds exactly, whatever they are; the others, five at most, are kept apart. */
const headDigits = 15;
const tailDigitsMax = 5;

const zero = 0x30;
/** The smallest head of as many digits: one with a leading zero is below it. */
const smallestHeads = Array.from({ length: headDigits + 1 }, (_, digits) =>
  digits < 2 ? 0 : 10 ** (digits - 1),
);

export class ReplyScanner {
  readonly #terminator: number;
  readonly #step: number;
  // Of a number whose end has not come yet.
  #head = 0;
  #tail = 0;
  #headDigits = 0;
  #tailDigits = 0;

  /** `terminator`: the byte behind each number. `step`: distance of two numbers in a run. */
  constructor(terminator: number, step: number) {
    this.#terminator = terminator;
    this.#step = step;
  }

  /** Takes `length` bytes, split anywhere; false once they are no replies. */
  scan(bytes: Uint8Array, length: number, take: TakeRun): boolean {
    const run = new Run(this.#step);
    for (let place = 0; place < length; place++) {
      const byte = bytes[place] ?? 0;
      const digit = byte - zero;
      if (digit >= 0 && digit <= 9) this.#push(digit);
      else if (byte !== this.#terminator || !this.#isWhole()) return false;
      else {
        if (!run.goesOnWith(this.#head, this.#tail, this.#tailDigits)) {
          run.end(take);
          run.begin(this.#head, this.#tail, this.#tailDigits);
        }
        this.#head = this.#tail = this.#headDigits = this.#tailDigits = 0;
      }
    }
    run.end(take);
    return this.#tailDigits <= tailDigitsMax;
  }

  #push(digit: number): void {
    if (this.#headDigits < headDigits) {
      this.#head = this.#head * 10 + digit;
      this.#headDigits++;
    } else {
      this.#tail = this.#tail * 10 + digit;
      this.#tailDigits++;
    }
  }

  #isWhole(): boolean {
    const smallest = smallestHeads[this.#headDigits] ?? 0;
    return this.#headDigits > 0 && this.#head >= smallest && this.#tailDigits <= tailDigitsMax;
  }
}

/** The run that is being read. */
class Run {
  readonly #step: number;
  #count = 0;
  #head = 0;
  #tail = 0;
  #tailDigits = 0;
  #nextHead = 0;
  #nextTail = 0;

  constructor(step: number) {
    this.#step = step;
  }

  /** Whether this is the next number of the run, which then has it. */
  goesOnWith(head: number, tail: number, tailDigits: number): boolean {
    if (head !== this.#nextHead || tail !== this.#nextTail) return false;
    if (this.#count === 0 || tailDigits !== this.#tailDigits) return false;
    this.#count++;
    this.#expectAfter(head, tail);
    return true;
  }

  begin(head: number, tail: number, tailDigits: number): void {
    this.#count = 1;
    this.#head = head;
    this.#tail = tail;
    this.#tailDigits = tailDigits;
    this.#expectAfter(head, tail);
  }

  /** A carry out of the tail is not expected: another run begins there. */
  #expectAfter(head: number, tail: number): void {
    this.#nextHead = this.#tailDigits === 0 ? head + this.#step : head;
    this.#nextTail = this.#tailDigits === 0 ? 0 : tail + this.#step;
  }

  end(take: TakeRun): void {
    if (this.#count === 0) return;
    const scale = 10 ** (lowDigits - this.#tailDigits);
    const high = Math.floor(this.#head / scale);
    take(high, (this.#head - high * scale) * 10 ** this.#tailDigits + this.#tail, this.#count);
    this.#count = 0;
  }
}
