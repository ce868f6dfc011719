/** The real program under measurement, on a fresh confdir. */

import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, instanceOn } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import type { ProcessOptions } from '../support/processes/txnid-process.js';
import type { Rival } from './rival.js';

export class TxnidServer {
  private constructor(
    readonly name: string,
    readonly daemon: Daemon,
    readonly sessionPort: number,
  ) {}

  /** `values`: flags beside those for the confdir and the ports. */
  static async start(name: string, values: readonly string[], options: ProcessOptions = {}) {
    const sessionPort = await freePort();
    const instance = instanceOn(freshConfdir(), await freePort(), ...values);
    const sessions = ['-session-port', `${sessionPort}`];
    const daemon = await Daemon.start(instance, { ...options, values: sessions });
    return new TxnidServer(name, daemon, sessionPort);
  }

  get oneShot(): Rival {
    return this.#on(this.daemon.port);
  }

  get session(): Rival {
    return this.#on(this.sessionPort);
  }

  #on(port: number): Rival {
    const { daemon, name } = this;
    return { name, port, pid: daemon.process.pid, stop: () => daemon.stop() };
  }
}
