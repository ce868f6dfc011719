/** The other end of a Unix datagram socket, as a service manager has it; for tests. */

import { closeSync } from 'node:fs';
import { checked, foreign } from '../../src/libc/libc.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const datagramBytesMax = 4096;

type BufferCall = (fd: number, bytes: Uint8Array, count: number, flags: number) => number;

const socket = foreign<(domain: number, type: number, protocol: number) => number>(
  'int socket(int, int, int)',
);
const bind = foreign<(fd: number, address: Uint8Array, bytes: number) => number>(
  'int bind(int, uint8_t *, uint32_t)',
);
const recv = foreign<BufferCall>('long recv(int, uint8_t *, size_t, int)');

export class DatagramReceiver {
  readonly #fd = checked('socket', socket(AF_UNIX, SOCK_DGRAM, 0));

  /** `name`: a path, or an abstract name that begins with '@'. */
  constructor(name: string) {
    const path = name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`;
    const address = Buffer.from([AF_UNIX, 0, ...Buffer.from(path)]);
    checked('bind', bind(this.#fd, address, address.length));
  }

  /** The next datagram, which must have been sent already. Throws LibcError EAGAIN if none was. */
  receive(): string {
    const bytes = Buffer.alloc(datagramBytesMax);
    const count = checked('recv', recv(this.#fd, bytes, bytes.length, MSG_DONTWAIT));
    return bytes.toString('utf8', 0, count);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
