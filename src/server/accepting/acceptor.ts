/** Accepts the connections of a listening socket that come from peers who are allowed. */

import { accept, acceptFrom, close, ipv4Of, peerAddress } from '../../libc/connections.js';
import { AllowList } from './allow-list.js';

/** What an acceptor returns for a peer that is not allowed: its connection is closed already. */
export const refused = -2;

/** The next connection; -1 with an errno, or `refused`. */
export type Acceptor = () => number;

/**
 * `allow`: IPv4 addresses and blocks, everyone when there are none. `onRefused` is told the address of
 * a peer that is not allowed, as 32 bits.
 */
export function acceptorOf(
  listener: number,
  allow: readonly string[],
  connections: 'blocking' | 'non-blocking',
  onRefused: (peer: number) => void,
): Acceptor {
  const list = new AllowList(allow);
  // Who serves everyone need not ask where anyone comes from.
  if (list.isEveryone) return () => accept(listener, connections);
  const address = peerAddress();
  return () => {
    const connection = acceptFrom(listener, connections, address);
    if (connection < 0 || list.admits(ipv4Of(address))) return connection;
    close(connection);
    onRefused(ipv4Of(address));
    return refused;
  };
}
