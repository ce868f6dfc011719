/** Accepts the connections of a listening socket that come from peers who are allowed. */

import { isInNetwork, type Network, parseNetwork, unmapped } from '../../ip-address.js';
import { accept, acceptFrom, addressOf, close, peerAddress } from '../../libc/connections.js';

/** What an acceptor returns for a peer that is not allowed: its connection is closed already. */
export const refused = -2;

/** The next connection; -1 with an errno, or `refused`. */
export type Acceptor = () => number;

/**
 * `allow`: addresses and blocks, everyone when there are none. `onRefused` is told the 4 or 16 bytes of the address of a
 * peer that is not allowed.
 */
export function acceptorOf(
  listener: number,
  allow: readonly string[],
  connections: 'blocking' | 'non-blocking',
  onRefused: (peer: Uint8Array) => void,
): Acceptor {
  const list = new AllowList(allow);
  // Who serves everyone need not ask where anyone comes from.
  if (list.isEveryone) return () => accept(listener, connections);
  const address = peerAddress();
  return () => {
    const connection = acceptFrom(listener, connections, address);
    if (connection < 0) return connection;
    const peer = unmapped(addressOf(address));
    if (list.admits(peer)) return connection;
    close(connection);
    onRefused(peer);
    return refused;
  };
}

/** Which peers are served: those of the setting `allow`. Pure. */
export class AllowList {
  readonly #networks: readonly Network[];

  /** `entries`: addresses and blocks such as 10.0.0.0/8 or 2001:db8::/32; none of them is everyone. */
  constructor(entries: readonly string[]) {
    this.#networks = entries.flatMap((entry) => parseNetwork(entry) ?? []);
    // What cannot be read must not open the port to everyone.
    if (this.#networks.length < entries.length) throw new Error('allow holds what is no address');
  }

  get isEveryone(): boolean {
    return this.#networks.length === 0;
  }

  /** `address`: 4 or 16 bytes; one of IPv6 that stands for an IPv4 one is to be given as that. */
  admits(address: Uint8Array): boolean {
    return this.isEveryone || this.#networks.some((network) => isInNetwork(address, network));
  }
}
