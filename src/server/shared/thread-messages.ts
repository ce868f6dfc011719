/** What the main thread and a serving thread say to each other. */

import type { Progression } from '../../sequence/progression.js';
import type { RefusalReason } from './tally.js';

/** Handed to a thread at its start. */
export interface ThreadOrder {
  /** This thread's place among those of its port, from 0 on. */
  readonly thread: number;
  /** A bound socket; it listens by the time the gate opens. */
  readonly listenerFd: number;
  /** IPv4 addresses and blocks of the peers to serve; none is everyone. */
  readonly allow: readonly string[];
  readonly progression: Progression;
  /** The memory of Counters, the instance's own first. */
  readonly counterMemory: SharedArrayBuffer;
  /** The memory of a Gate. */
  readonly gateMemory: SharedArrayBuffer;
  /** The memory of a Tally. */
  readonly tallyMemory: SharedArrayBuffer;
}

/** Handed to a thread of the one-shot port. */
export interface OneShotOrder extends ThreadOrder {
  /** Threads of the port. */
  readonly threads: number;
  /** The memory of a Crew. */
  readonly crewMemory: SharedArrayBuffer;
}

/** Handed to a thread of the session port, or of another one with sessions. */
export interface SessionOrder extends ThreadOrder {
  /** Descriptors of their epoll instances. */
  readonly epolls: readonly number[];
  /** The memory of a SessionSlots, and the threads of other ports in it before these. */
  readonly slotsMemory: SharedArrayBuffer;
  readonly slotsBefore: number;
  readonly sessionsMax: number;
  /** Of the sequences, in the order of their counters. */
  readonly names: readonly string[];
  /** Most numbers of one range; 1 turns ranges off. */
  readonly rangeMax: number;
  /** An event (`newEvent`) that is announced when the counter has changed. */
  readonly changeEvent: number;
  /** Time without traffic after which a session is closed. */
  readonly timeoutMs: number;
}

/** Handed to a thread of the Redis port. */
export interface RedisOrder extends SessionOrder {
  /** Of this program. */
  readonly version: string;
}

/** Handed to the thread of the metrics port. */
export interface MetricsOrder extends ThreadOrder {
  /** Descriptor of its epoll instance. */
  readonly epoll: number;
  /** The memory of a Health. */
  readonly healthMemory: SharedArrayBuffer;
  /** The memory of a ScrapeMailbox. */
  readonly mailboxMemory: SharedArrayBuffer;
}

export type ThreadMessage =
  /** Everything is loaded; the thread holds at the gate. */
  | { readonly kind: 'ready' }
  /** The reservation of a sequence is getting low: make one durable into which `count` more fit. */
  | { readonly kind: 'low'; readonly sequence: number; readonly count: number }
  /** A shortage has begun: accept(2) fails with this errno, and clients wait. */
  | { readonly kind: 'shortage'; readonly errno: number }
  /** Connections are refused, perhaps more than this one: see the tally. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** Somebody asks for the metrics. */
  | { readonly kind: 'scrape' }
  /** accept(2) fails for good; the thread ends. */
  | { readonly kind: 'fatal'; readonly errno: number };
