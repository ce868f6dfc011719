import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Seeded } from '../support/fixtures/seeded.js';
import { type HistoryCounts, liveThrough } from './random-history.js';

/** `npm run explore` lives through many more. */
const isLong = process.env.TXNID_TEST_EXPLORE === 'long';
const histories = Number(process.env.TXNID_TEST_HISTORIES ?? (isLong ? 20_000 : 60));
const { seed } = new Seeded();

test(`random histories keep the promise, from seed ${seed} on`, async (context) => {
  const counts: HistoryCounts = {
    runs: 0,
    faults: 0,
    powerCuts: 0,
    crashes: 0,
    slotsLost: 0,
    trailsEmptied: 0,
  };
  for (let index = 0; index < histories; index++) {
    const again = `TXNID_TEST_SEED=${seed + index} TXNID_TEST_HISTORIES=1`;
    await liveThrough(new Seeded(seed + index), counts).catch((error: Error) => {
      throw new Error(`${error.message}\nagain with ${again}`, { cause: error });
    });
  }
  context.diagnostic(JSON.stringify(counts));
  if (histories < 20) return;
  for (const [kind, count] of Object.entries(counts)) assert.ok(count > 0, `no ${kind}`);
});
