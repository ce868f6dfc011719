/**
 * A syslog of the test's own: services see it as /dev/log, in a mount namespace of theirs, and at the
 * same time live in another time zone. Only root can have it.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LibcError } from '../../../src/libc/libc.js';
import { DatagramReceiver } from '../../libc/datagram-receiver.js';
import { freshDirectory } from '../fixtures/scratch.js';

/** 5 hours 45 minutes ahead all year long, so that it is no other zone. */
const timeZone = '/usr/share/zoneinfo/Asia/Kathmandu';
export const timeZoneAheadMs = (5 * 60 + 45) * 60_000;

const privateMounts = `
  set -e
  mount -t tmpfs none "$0/dev"
  for name in null zero random urandom; do
    : > "$0/dev/$name"
    mount --bind "/dev/$name" "$0/dev/$name"
  done
  ln -s "$0/log" "$0/dev/log"
  mount -t tmpfs none "$0/etc"
  cp -a /etc/. "$0/etc"
  ln -sfn ${timeZone} "$0/etc/localtime"
  mount --rbind "$0/dev" /dev
  mount --bind "$0/etc" /etc
  exec "$@"`;

export class OwnSyslog {
  /** For TxnidProcess. */
  readonly wrapper: readonly string[];
  readonly #receiver: DatagramReceiver;

  constructor() {
    const directory = freshDirectory();
    for (const name of ['dev', 'etc']) mkdirSync(join(directory, name));
    this.#receiver = new DatagramReceiver(join(directory, 'log'));
    this.wrapper = ['unshare', '-m', 'sh', '-c', privateMounts, directory];
  }

  /** What was sent and not read yet, as far as the kernel keeps it. */
  read(): string[] {
    const lines: string[] = [];
    try {
      for (;;) lines.push(this.#receiver.receive());
    } catch (error) {
      if (error instanceof LibcError && error.code === 'EAGAIN') return lines;
      throw error;
    }
  }

  close(): void {
    this.#receiver.close();
  }
}
