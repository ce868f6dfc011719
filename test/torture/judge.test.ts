import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Seeded } from '../support/fixtures/seeded.js';
import { judge } from './judge.js';
import { type Receipt, Recording } from './recording.js';

const increment = 5;

function receipt(first: bigint, values: Partial<Receipt> = {}): Receipt {
  return { client: 0, askedAfter: 0, first, increment: BigInt(increment), count: 1n, ...values };
}

/** A cluster of three in which each receipt is above all before it, with gaps; as a client sees it. */
function soundHistory(random: Seeded): Map<number, Receipt[]> {
  const history = new Map<number, Receipt[]>();
  for (const instance of [1, 2, 5]) {
    const receipts: Receipt[] = [];
    let place = 2n ** 60n;
    for (let index = 0; index < 40; index++) {
      place += BigInt(random.below(3));
      const count = BigInt(1 + random.below(50));
      const askedAfter = Math.max(0, index - random.below(4));
      const first = BigInt(instance) + place * BigInt(increment);
      receipts.push(receipt(first, { client: random.below(5), askedAfter, count }));
      place += count;
    }
    history.set(instance, receipts);
  }
  return history;
}

const random = new Seeded();

test('sound histories are found sound', (t) => {
  t.diagnostic(`seed ${random.seed}`);
  for (let round = 0; round < 50; round++) {
    assert.deepEqual(judge(increment, soundHistory(random)), []);
  }
});

/** What is planted into a sound history: in place of the receipt at an index of instance 2. */
const planted: Record<string, [(all: readonly Receipt[], index: number) => Receipt[], RegExp]> = {
  'a number that was handed out before': [
    (all, index) => [receipt(all[index - 1]?.first ?? 0n, { client: 9 })],
    /twice/,
  ],
  'a number in the middle of a range of before': [
    (all, index) => {
      const earlier = all.slice(0, index).find(({ count }) => count > 2n);
      return [receipt((earlier?.first ?? 0n) + BigInt(increment), { client: 9 })];
    },
    /twice/,
  ],
  'a number of another instance': [
    (all, index) => [receipt((all[index]?.first ?? 0n) + 1n, { client: 9 })],
    /off its progression/,
  ],
  'a range with another increment': [
    (all, index) => [receipt(all[index]?.first ?? 0n, { client: 9, increment: 1n })],
    /off its progression/,
  ],
  'a number below one that was received before it was asked for': [
    (all, index) => [
      receipt(2n, { client: 9, askedAfter: index, first: (all[0]?.first ?? 0n) - 5n }),
    ],
    /was received before/,
  ],
  'two numbers of a session the wrong way round': [
    (all, index) => {
      const first = all[index]?.first ?? 0n;
      return [
        receipt(first, { client: 9, first: first - 5n }),
        receipt(first - 10n, { client: 9 }),
      ];
    },
    /came before it/,
  ],
};

for (const [what, [plant, pattern]] of Object.entries(planted)) {
  test(`the judge finds ${what}`, (t) => {
    t.diagnostic(`seed ${random.seed}`);
    for (let round = 0; round < 20; round++) {
      const history = soundHistory(random);
      const all = history.get(2) ?? [];
      const index = 20 + random.below(20);
      all.splice(index, 1, ...plant(all, index));
      const faults = judge(increment, history);
      assert.ok(
        faults.some((fault) => pattern.test(fault)),
        faults.join('\n'),
      );
    }
  });
}

test('numbers of one instance and of another that pretends to be it are found', () => {
  const history = new Map([
    [1, [receipt(6n)]],
    [6, [receipt(6n)]],
  ]);
  assert.match(judge(increment, history).join('\n'), /instance 6.*twice, also in instance 1/);
});

test('receipts that came at once are kept as one only where they go on', () => {
  const recording = new Recording();
  recording.add([receipt(1n), receipt(6n), receipt(16n), receipt(21n, { count: 3n })]);
  recording.add([receipt(36n)]);
  assert.deepEqual(recording.receipts, [
    receipt(1n, { count: 2n }),
    receipt(16n, { count: 4n }),
    receipt(36n),
  ]);
  assert.equal(recording.numbers, 7n);
});
