/** What the two ports have in common for a run: connections that are asked, and that have news. */

import type { Due } from './pace.js';

export interface Address {
  /** IPv4 or IPv6. */
  readonly ip: string;
  readonly port: number;
}

export interface Connections {
  /** Sends at most as many requests as are due, spread over the connections that have room; how many. */
  ask(due: Due): number;
  /** Something has happened on this descriptor. */
  serve(fd: number): void;
  /** Whether nothing can be asked any more, since the server takes no connections or closed them all. */
  readonly areGone: boolean;
  /** Requests in flight. */
  readonly inFlight: number;
  /** The lowest floor of all requests in flight. */
  lowestFloor(): number;
  closeAll(): void;
}
