/** A daemon with both ports, for scenarios to load; it has to come to a clean stop after each. */

import assert from 'node:assert/strict';
import { Daemon, newInstance } from '../support/daemon.js';
import { freePort } from '../support/one-shot-client.js';
import { openDescriptors, residentKib } from '../support/usage.js';

export interface Serving {
  readonly port: number;
  readonly sessionPort: number;
  readonly daemon: Daemon;
  readonly pid: number;
  readonly residentKib: () => number;
  readonly descriptors: () => number;
}

export interface ServingOptions {
  readonly values?: readonly string[];
  /** Most descriptors it may have. */
  readonly descriptorsMax?: number;
}

/** Serves while `use` runs; its result. The daemon has to end by itself, with 0, when told to. */
export async function whileServing<Result>(
  { values = [], descriptorsMax }: ServingOptions,
  use: (serving: Serving) => Promise<Result>,
): Promise<Result> {
  const sessionPort = await freePort();
  const instance = await newInstance('-threads', '2', '-session-port', `${sessionPort}`, ...values);
  const wrapper = descriptorsMax === undefined ? [] : ['prlimit', `--nofile=${descriptorsMax}`];
  const daemon = await Daemon.start(instance, { wrapper });
  const { pid } = daemon.process;
  const using = use({
    port: instance.port,
    sessionPort,
    daemon,
    pid,
    residentKib: () => residentKib(pid),
    descriptors: () => openDescriptors(pid),
  });
  const result = await using.catch(async (error: unknown) => {
    await daemon.kill();
    throw error;
  });
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0, stderr);
  return result;
}
