/** Worker threads that have begun and wait for their order, which comes as their first message. */

import { type MessagePort, parentPort, Worker } from 'node:worker_threads';

/**
 * A thread holds a few hundred KiB; with these limits of its heap it takes 10 MB of memory, with
 * Node's defaults 13.
 */
export const threadHeapMb = 16;
const youngHeapMb = 2;

export interface SpawnedThread {
  readonly worker: Worker;
  /** Resolves when it has ended, with what it threw if it did. */
  readonly ended: Promise<Error | undefined>;
}

export function spawnThread(script: URL, heapMb = threadHeapMb): SpawnedThread {
  const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngHeapMb };
  const worker = new Worker(script, { resourceLimits });
  let thrown: Error | undefined;
  worker.on('error', (error) => {
    thrown = error;
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    worker.on('exit', () => resolve(thrown));
  });
  return { worker, ended };
}

/** For the script of such a thread: has it carry out its order, once that comes. */
export function carryOut<Order>(act: (order: Order, port: MessagePort) => void): void {
  const port = parentPort;
  if (port === null) throw new Error('this script is for a worker thread');
  port.once('message', (order: Order) => act(order, port));
}
