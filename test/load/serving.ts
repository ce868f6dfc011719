/** A daemon with both ports, for scenarios to load; it has to come to a clean stop after each. */

import assert from 'node:assert/strict';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { until } from '../support/processes/txnid-process.js';
import { openDescriptors, residentKib } from '../support/processes/usage.js';

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

/**
 * Serves while `use` runs, which leaves no session open; its result. The daemon has to count none then,
 * and to end by itself, with 0, when told to.
 */
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
  }).then(async (result) => {
    await until(async () => (await countedSessions(daemon)) === '0', 'no session is counted');
    return result;
  });
  const result = await using.catch(async (error: unknown) => {
    await daemon.kill();
    throw error;
  });
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0, stderr);
  return result;
}

/** How many sessions the daemon takes for open, as it tells who asks with SIGUSR1. */
async function countedSessions({ process }: Daemon): Promise<string | undefined> {
  const before = process.stderr.length;
  process.signal('SIGUSR1');
  const told = () => /sessions (-?\d+) of/.exec(process.stderr.slice(before))?.[1];
  await until(() => told() !== undefined, 'a line of status');
  return told();
}
