/** What files hold, as numbers: equal bytes have equal numbers, so states compare quickly. */

/** Stands for the bytes of a file; 0 is an empty one. */
export type Bytes = number;

export class Contents {
  readonly #buffers: Buffer[] = [];
  readonly #known = new Map<string, Bytes>();
  readonly #overwritten = new Map<string, Bytes>();

  constructor() {
    this.of(new Uint8Array());
  }

  of(bytes: Uint8Array): Bytes {
    const buffer = Buffer.from(bytes);
    const key = buffer.toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#buffers.length);
    return this.#buffers.push(buffer) - 1;
  }

  read(bytes: Bytes): Buffer {
    const buffer = this.#buffers[bytes];
    if (buffer === undefined) throw new RangeError(`nothing is known of content ${bytes}`);
    return buffer;
  }

  lengthOf(bytes: Bytes): number {
    return this.read(bytes).length;
  }

  cut(bytes: Bytes, length: number): Bytes {
    return this.of(this.read(bytes).subarray(0, length));
  }

  overwritten(bytes: Bytes, at: number, by: Bytes): Bytes {
    const key = `${bytes} ${at} ${by}`;
    const known = this.#overwritten.get(key) ?? this.#overwrite(bytes, at, by);
    this.#overwritten.set(key, known);
    return known;
  }

  #overwrite(bytes: Bytes, at: number, by: Bytes): Bytes {
    const [before, patch] = [this.read(bytes), this.read(by)];
    const after = Buffer.alloc(Math.max(before.length, at + patch.length));
    before.copy(after);
    patch.copy(after, at);
    return this.of(after);
  }
}
