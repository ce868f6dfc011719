/** The clock, timers and microtasks of this process, as the program of the model that runs now sees them. */

import { performance } from 'node:perf_hooks';
import { now, numberIn, type OwnerSeat, running } from './program-calls.js';
import { Suspended } from './replay.js';

const real = {
  setTimeout,
  clearTimeout,
  queueMicrotask,
  now: Date.now,
  performanceNow: performance.now,
};

/** A timer of the model; its time comes when the search says so. */
class ModelTimer {
  constructor(
    readonly seat: OwnerSeat,
    readonly id: number,
  ) {}

  unref(): this {
    return this;
  }
}

globalThis.setTimeout = ((act: () => void, ...more: [number]) => {
  const { seat } = running;
  if (seat === undefined) return real.setTimeout(act, ...more);
  return new ModelTimer(
    seat,
    seat.ask({ call: 'timer' }, () => act()),
  );
}) as typeof setTimeout;

globalThis.clearTimeout = ((timer: NodeJS.Timeout | ModelTimer) => {
  if (timer instanceof ModelTimer) timer.seat.cancel(timer.id);
  else real.clearTimeout(timer);
}) as typeof clearTimeout;

globalThis.queueMicrotask = (act) => {
  const { seat } = running;
  real.queueMicrotask(() => {
    try {
      act();
    } catch (error) {
      // Nobody is there to catch what leaves a blocking call of the model.
      if (seat === undefined || !(error instanceof Suspended)) throw error;
    }
  });
};

Date.now = () => {
  return running.seat === undefined ? real.now() : now({ call: 'now' }, numberIn);
};

// Only the size of a reservation depends on it: a service that is asked little, whenever it looks.
Object.defineProperty(performance, 'now', {
  value: () => (running.seat === undefined ? real.performanceNow.call(performance) : 0),
});
