/** The kernel's classic BPF, as far as the filter uses it: what becomes of a system call. */

export interface Call {
  /** AUDIT_ARCH_ of linux/audit.h. */
  readonly audit: number;
  readonly number: number;
  readonly values?: readonly bigint[];
}

/** The returned action. Throws for an instruction it does not know, and when it runs off the end. */
export function verdict(program: Uint8Array, call: Call): number {
  const bytes = Buffer.from(program);
  const data = dataOf(call);
  let accumulator = 0;
  for (let index = 0; ; index++) {
    const place = index * 8;
    const [code, value] = [bytes.readUInt16LE(place), bytes.readUInt32LE(place + 4)];
    const isTrue = test(code, accumulator, value);
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else index += bytes[place + (isTrue ? 2 : 3)] ?? Number.NaN;
  }
}

function test(code: number, accumulator: number, value: number): boolean {
  switch (code) {
    case 0x06:
    case 0x20:
      return false;
    case 0x15:
      return accumulator === value;
    case 0x35:
      return accumulator >= value;
    case 0x45:
      return (accumulator & value) !== 0;
    default:
      throw new Error(`no instruction ${code}`);
  }
}

/** struct seccomp_data of linux/seccomp.h. */
function dataOf({ audit, number, values = [] }: Call): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0);
  data.writeUInt32LE(audit, 4);
  values.forEach((value, index) => {
    data.writeBigUInt64LE(value, 16 + index * 8);
  });
  return data;
}
