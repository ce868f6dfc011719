/**
 * Requests as Redis clients send them, read from bytes as they arrive: arrays of bulk strings, or words on a line.
 * Any split of a stream gives the same requests.
 *
 * What is kept of a request that is not whole yet is bounded: of one that grows beyond all that could make sense here
 * only how much of it is still to come, so that a value of megabytes gets its error as a small one does. Limits and
 * the words of faults are those of Redis.
 */

/** Largest request that is kept; a larger one is read over, and then refused. */
const requestBytesMax = 16_384;

/** Of Redis: the most arguments, the largest argument, the longest line of words. */
const argumentsMax = 1024 * 1024;
const argumentBytesMax = 512 * 1024 * 1024;
const lineBytesMax = 64 * 1024;

/** A header is a sign, digits and the end of a line: no number that is allowed has more. */
const headerBytesMax = 32;

const newline = 0x0a;
const carriageReturn = 0x0d;
const star = 0x2a;
const dollar = 0x24;

/** What is still to come of a request that is read over. */
interface ReadOver {
  argumentsLeft: number;
  /** Of the argument that is under way, with its end of line. */
  bytesLeft: number;
}

/** What is kept of a connection between two chunks. */
export class PartialRequest {
  bytes: Buffer | undefined;
  readOver: ReadOver | undefined;
}

export interface RequestSink {
  /** A request: at least one argument. */
  request(args: readonly string[]): void;
  /** The same bytes once more as the last request's; false where it is to be read anew. */
  repeat(): boolean;
  /** A request that was too large to look at. */
  tooLarge(): void;
  /** Nothing behind this can be understood. */
  violation(what: string): void;
  /** Whether nothing more is wanted. */
  readonly isOver: boolean;
  /** Whether nothing more is wanted for now. */
  readonly isFull: boolean;
}

/**
 * Reads the first `count` bytes of a chunk, behind what `partial` has of the ones before; what is left of them once the
 * sink is full.
 */
export function decodeChunk(
  chunk: Buffer,
  count: number,
  partial: PartialRequest,
  sink: RequestSink,
): Buffer {
  const before = partial.bytes;
  partial.bytes = undefined;
  const bytes = before === undefined ? chunk : Buffer.concat([before, chunk.subarray(0, count)]);
  return new Decoding(bytes, before === undefined ? count : bytes.length, partial, sink).run();
}

/** What `#lineEnd` and others return where the bytes do not reach. */
const incomplete = -1;
const violated = -2;

class Decoding {
  #offset = 0;
  /** The last request that was read from its bytes: it began there, and was so long. */
  #last = 0;
  #lastLength = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly end: number,
    private readonly partial: PartialRequest,
    private readonly sink: RequestSink,
  ) {}

  run(): Buffer {
    this.#read();
    const isLeft = this.sink.isFull && !this.sink.isOver;
    return this.bytes.subarray(isLeft ? this.#offset : this.end, this.end);
  }

  #read(): void {
    while (this.#offset < this.end && !this.sink.isOver && !this.sink.isFull) {
      if (this.partial.readOver !== undefined) {
        if (!this.#goOnOver(this.partial.readOver)) return;
        continue;
      }
      if (this.#isRepeated() && this.sink.repeat()) {
        this.#offset += this.#lastLength;
        continue;
      }
      const next = this.bytes[this.#offset] === star ? this.#readArray() : this.#readLine();
      if (next === violated) return;
      if (next === incomplete) {
        this.#keepRest();
        if (this.partial.readOver === undefined) return;
        continue;
      }
      this.#last = this.#offset;
      this.#lastLength = next - this.#offset;
      this.#offset = next;
    }
  }

  /** Whether what comes are the bytes of the last request once more. */
  #isRepeated(): boolean {
    const { bytes } = this;
    const length = this.#lastLength;
    if (length === 0 || this.#offset + length > this.end) return false;
    for (let at = length - 1; at >= 0; at--) {
      if (bytes[this.#offset + at] !== bytes[this.#last + at]) return false;
    }
    return true;
  }

  #keepRest(): void {
    const rest = this.bytes.subarray(this.#offset, this.end);
    if (rest.length <= requestBytesMax) {
      this.partial.bytes = Buffer.from(rest);
      this.#offset = this.end;
      return;
    }
    if (rest[0] !== star) {
      if (rest.length > lineBytesMax) this.#violate('too big inline request');
      else this.partial.bytes = Buffer.from(rest);
      this.#offset = this.end;
      return;
    }
    this.#beginOver();
  }

  /** Reads a request again, which has been looked at up to here, without keeping it. */
  #beginOver(): void {
    const head = this.bytes.indexOf(newline, this.#offset);
    const argumentsLeft = this.#number(this.#offset + 1, head - 1);
    this.partial.readOver = { argumentsLeft, bytesLeft: 0 };
    this.#offset = head + 1;
  }

  /** False where the bytes are used up, or nothing more is to be read. */
  #goOnOver(over: ReadOver): boolean {
    for (;;) {
      const passed = Math.min(over.bytesLeft, this.end - this.#offset);
      this.#offset += passed;
      over.bytesLeft -= passed;
      if (over.bytesLeft > 0) return false;
      if (over.argumentsLeft === 0) break;
      const length = this.#argumentLength(this.#offset);
      if (length === violated) return false;
      if (length === incomplete) {
        this.partial.bytes = Buffer.from(this.bytes.subarray(this.#offset, this.end));
        this.#offset = this.end;
        return false;
      }
      this.#offset = this.bytes.indexOf(newline, this.#offset) + 1;
      over.bytesLeft = length + 2;
      over.argumentsLeft--;
    }
    this.partial.readOver = undefined;
    this.sink.tooLarge();
    return true;
  }

  /** The offset behind an array of bulk strings, or why there is none. */
  #readArray(): number {
    const head = this.#headerEnd(this.#offset, 'too big mbulk count string');
    if (head < 0) return head;
    const length = this.#number(this.#offset + 1, head);
    if (Number.isNaN(length) || length > argumentsMax) {
      return this.#violate('invalid multibulk length');
    }
    let at = head + 2;
    const args: string[] = [];
    for (let left = length; left > 0; left--) {
      const size = this.#argumentLength(at);
      if (size < 0) return size;
      const start = this.bytes.indexOf(newline, at) + 1;
      const stop = start + size;
      if (stop + 2 > this.end) return incomplete;
      args.push(this.bytes.toString('latin1', start, stop));
      at = stop + 2;
    }
    if (args.length > 0) this.sink.request(args);
    return at;
  }

  /** The length of the bulk string whose header begins at `at`. */
  #argumentLength(at: number): number {
    if (at >= this.end) return incomplete;
    const head = this.#headerEnd(at, 'too big bulk count string');
    if (head < 0) return head;
    const sign = this.bytes[at] ?? 0;
    if (sign !== dollar) {
      return this.#violate(`expected '$', got '${String.fromCharCode(sign)}'`);
    }
    const size = this.#number(at + 1, head);
    const isValid = size >= 0 && size <= argumentBytesMax;
    return isValid ? size : this.#violate('invalid bulk length');
  }

  /** The offset of the CR that ends a header. */
  #headerEnd(at: number, tooBig: string): number {
    const most = Math.min(this.end, at + headerBytesMax);
    for (let place = at; place < most; place++) {
      if (this.bytes[place] === carriageReturn) return place + 1 < this.end ? place : incomplete;
    }
    return most < this.end ? this.#violate(tooBig) : incomplete;
  }

  /** NaN where it is no whole number. */
  #number(from: number, to: number): number {
    const text = this.bytes.toString('latin1', from, to);
    return /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  }

  /** The offset behind a line of words. */
  #readLine(): number {
    const lineEnd = this.bytes.subarray(0, this.end).indexOf(newline, this.#offset);
    if (lineEnd === -1) return incomplete;
    const text = this.bytes.toString('latin1', this.#offset, lineEnd).replace(/\r$/, '');
    const words = wordsOf(text);
    if (words === undefined) return this.#violate('unbalanced quotes in request');
    if (words.length > 0) this.sink.request(words);
    return lineEnd + 1;
  }

  #violate(what: string): typeof violated {
    this.sink.violation(what);
    return violated;
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** The words of a line, as a shell would see them; undefined where a quote is not closed. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== '') {
    const found =
      /^"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)/.exec(rest) ??
      /^'((?:[^'\\]|\\[\s\S])*)'(?=\s|$)/.exec(rest) ??
      /^([^\s"'][^\s]*)/.exec(rest);
    if (found === null) return undefined;
    const [whole, inner = ''] = found;
    if (whole.startsWith('"')) words.push(unescaped(inner));
    else if (whole.startsWith("'")) words.push(inner.replaceAll("\\'", "'"));
    else words.push(inner);
    rest = rest.slice(whole.length).trimStart();
  }
  return words;
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g, (_all, code: string, char: string) =>
    code === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
