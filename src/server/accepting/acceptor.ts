/** Accepts the connections of a listening socket that come from peers who are allowed. */

import { accept, acceptFrom, close, ipv4Of, peerAddress } from '../../libc/connections.js';

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

interface Network {
  /** 32 bits, host bits zero. */
  readonly address: number;
  readonly mask: number;
}

/** Which peers are served: those of the setting `allow`. Pure. */
export class AllowList {
  readonly #networks: readonly Network[];

  /** `entries`: IPv4 addresses and blocks such as 10.0.0.0/8; none of them is everyone. */
  constructor(entries: readonly string[]) {
    this.#networks = entries.map(networkOf);
  }

  get isEveryone(): boolean {
    return this.#networks.length === 0;
  }

  /** `address`: 32 bits, the first of the four numbers highest. */
  admits(address: number): boolean {
    return (
      this.isEveryone ||
      this.#networks.some((network) => ((address ^ network.address) & network.mask) === 0)
    );
  }
}

function networkOf(entry: string): Network {
  const [start = '', prefix = '32'] = entry.split('/');
  const address = start.split('.').reduce((bits, octet) => (bits << 8) | Number(octet), 0);
  // A shift by 32 is a shift by 0 in JavaScript, so a prefix of 0 needs a mask of its own.
  return { address, mask: prefix === '0' ? 0 : -1 << (32 - Number(prefix)) };
}
