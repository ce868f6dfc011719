/** What the main thread and a one-shot thread say to each other. */

import type { Progression } from '../sequence/progression.js';

/** Handed to a thread at its start. */
export interface OneShotOrder {
  /** A bound socket; it listens by the time the gate opens. */
  readonly listenerFd: number;
  readonly progression: Progression;
  /** The memory of a SharedCounter. */
  readonly counterMemory: SharedArrayBuffer;
  /** The memory of a Gate. */
  readonly gateMemory: SharedArrayBuffer;
}

export type ThreadMessage =
  /** Everything is loaded; the thread holds at the gate. */
  | { readonly kind: 'ready' }
  /** The reservation is getting low: make the next one durable. */
  | { readonly kind: 'low' }
  /** A shortage has begun: accept(2) fails with this errno, and clients wait. */
  | { readonly kind: 'shortage'; readonly errno: number }
  /** accept(2) fails for good; the thread ends. */
  | { readonly kind: 'fatal'; readonly errno: number };
