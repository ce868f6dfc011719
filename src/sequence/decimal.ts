/**
 * Decimal digits that count up in place, like an odometer: to write a number and go on to the next one
 * of a progression costs a few bytes' work, where each number as a bigint of its own would cost ten
 * times as much. Pure.
 */

/** Digits of the largest 64-bit number. */
export const digitsMax = 20;

const zero = 0x30;

/** The last digits are one number, which is written from a table of all there are. */
const lowDigits = 4;
const lowNumbers = 10 ** lowDigits;
const highDigits = digitsMax - lowDigits;
const lowTable = Uint8Array.from({ length: lowNumbers * lowDigits }, (_, index) => {
  const number = Math.floor(index / lowDigits);
  return String(number)
    .padStart(lowDigits, '0')
    .charCodeAt(index % lowDigits);
});

/** What stands around each number of a run. */
export interface Framing {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export class Odometer {
  /** Digits above the low ones, with leading zeros. */
  readonly #high = new Uint8Array(highDigits);
  /** Place of the first digit that is no leading zero. */
  #start = highDigits;
  #low = 0;
  readonly #step: number;
  /** How many numbers it has gone on by since it was set, or since whoever counts them took them off. */
  passed = 0;

  /** `step`: distance of two numbers, 1 to 32767. Shows 0 until it is set. */
  constructor(step: number) {
    this.#step = step;
    this.set(0n);
  }

  /** Digits of the number shown, at least: none has more. */
  get digits(): number {
    return digitsMax - this.#start;
  }

  /** Shows a number below 10^20. */
  set(number: bigint): void {
    this.passed = 0;
    const text = number.toString();
    this.#high.fill(zero);
    this.#low = Number(text.slice(-lowDigits));
    const length = Math.max(text.length - lowDigits, 0);
    this.#start = highDigits - length;
    for (let index = 0; index < length; index++) {
      this.#high[this.#start + index] = text.charCodeAt(index);
    }
  }

  /** Writes the number shown at `offset`; the offset behind it. */
  write(target: Uint8Array, offset: number): number {
    let end = offset;
    for (let place = this.#start; place < highDigits; place++) {
      target[end++] = this.#high[place] ?? zero;
    }
    const entry = this.#low * lowDigits;
    const zeros = this.#start < highDigits ? 0 : leadingZeros(this.#low);
    for (let digit = zeros; digit < lowDigits; digit++) {
      target[end++] = lowTable[entry + digit] ?? zero;
    }
    return end;
  }

  /**
   * Writes the number shown and the ones after it, `count` in all, each in its frame, and goes on to the next; the
   * offset behind them.
   */
  writeRun(target: Uint8Array, offset: number, count: number, framing: Framing): number {
    let end = offset;
    for (let left = count; left > 0; ) {
      const alike = Math.min(left, Math.ceil((lowNumbers - this.#low) / this.#step));
      const together = this.#start < highDigits ? alike : 1;
      const first = this.#writeFramed(target, end, framing);
      const tail = framing.after.length;
      end = together === 1 ? first : this.#repeat(target, end, first, together, tail);
      this.skip(together);
      left -= together;
    }
    return end;
  }

  #writeFramed(target: Uint8Array, offset: number, { before, after }: Framing): number {
    let end = offset;
    for (let place = 0; place < before.length; place++) target[end++] = before[place] ?? 0;
    end = this.write(target, end);
    for (let place = 0; place < after.length; place++) target[end++] = after[place] ?? 0;
    return end;
  }

  /**
   * Fills in `count` numbers that differ in their low digits only, nearly all that is ever written,
   * from the first of them, which lies from `offset` to `end`, its frame included: what is alike by copying. `tail`:
   * bytes behind its digits.
   */
  #repeat(target: Uint8Array, offset: number, end: number, count: number, tail: number): number {
    const length = end - offset;
    const last = offset + count * length;
    for (let filled = end; filled < last; ) {
      const size = Math.min(filled - offset, last - filled);
      target.copyWithin(filled, offset, offset + size);
      filled += size;
    }
    const entryStep = this.#step * lowDigits;
    let entry = this.#low * lowDigits + entryStep;
    for (let place = end + length - lowDigits - tail; place < last; place += length) {
      target[place] = lowTable[entry] ?? zero;
      target[place + 1] = lowTable[entry + 1] ?? zero;
      target[place + 2] = lowTable[entry + 2] ?? zero;
      target[place + 3] = lowTable[entry + 3] ?? zero;
      entry += entryStep;
    }
    return last;
  }

  /** Goes on by `count` numbers, at most 2^53 / 32767. */
  skip(count: number): void {
    this.passed += count;
    this.#goOn(this.#step * count);
  }

  #goOn(distance: number): void {
    const low = this.#low + distance;
    if (low < lowNumbers) {
      this.#low = low;
      return;
    }
    this.#low = low % lowNumbers;
    this.#carry(Math.floor(low / lowNumbers));
  }

  #carry(amount: number): void {
    let carry = amount;
    for (let place = highDigits - 1; carry > 0; place--) {
      const sum = (this.#high[place] ?? zero) - zero + carry;
      carry = Math.floor(sum / 10);
      this.#high[place] = zero + (sum % 10);
      if (place < this.#start) this.#start = place;
    }
  }
}

/** Zeros before the first digit of a low number; the 0 itself keeps one digit. */
function leadingZeros(low: number): number {
  if (low >= 1000) return 0;
  if (low >= 100) return 1;
  return low >= 10 ? 2 : 3;
}
