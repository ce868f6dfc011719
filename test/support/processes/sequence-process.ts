/**
 * A process of its own that opens sequences when it is told to; see process-fixture.ts for the side
 * that tells it.
 */

import { TxnidError } from '../../../src/errors.js';
import type { Sequence } from '../../../src/progress/sequence.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { progressionOf } from '../fixtures/progress-fixture.js';

export type Order =
  /** `atMs`: wall clock at which to open, so that several processes do so at once. */
  | { readonly kind: 'open'; readonly confdir: string; readonly atMs?: number }
  | { readonly kind: 'next'; readonly count: number }
  | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'done'; readonly numbers: readonly bigint[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

let sequence: Sequence | undefined;

async function carryOut(order: Order): Promise<bigint[]> {
  switch (order.kind) {
    case 'open':
      while (Date.now() < (order.atMs ?? 0));
      sequence = await openSequence(order.confdir, progressionOf({ increment: 3n }));
      return [sequence.position];
    case 'next': {
      const owned = sequence;
      if (owned === undefined) throw new Error('nothing is open');
      return Array.from({ length: order.count }, () => owned.next());
    }
    case 'close':
      await sequence?.close();
      sequence = undefined;
      return [];
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (numbers) => process.send?.({ kind: 'done', numbers } satisfies Answer),
    (error: Error) => {
      const code = error instanceof TxnidError ? error.code : error.name;
      process.send?.({ kind: 'refused', code, message: error.message } satisfies Answer);
    },
  );
});
