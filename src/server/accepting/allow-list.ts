/** Which peers are served: those of the setting `allow`. Pure. */

interface Network {
  /** 32 bits, host bits zero. */
  readonly address: number;
  readonly mask: number;
}

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
