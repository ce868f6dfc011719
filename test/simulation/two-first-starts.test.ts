import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TxnidError } from '../../src/errors.js';
import { Sequence } from '../../src/progress/sequence.js';
import { ProgressStore } from '../../src/progress/store.js';
import { parametersOf, progressionOf, storeOptions } from '../support/fixtures/progress-fixture.js';
import { createsByRename } from './planted-bugs.js';
import { type Plant, simulatedConfdir } from './simulated-files.js';
import { SimulatedKernel } from './simulated-kernel.js';
import { emptyMachine } from './simulated-machine.js';

const progression = progressionOf();

/** How many of two first starts get to serve, when one takes its steps before a call of the other. */
async function serversWith(at: number, plant: Plant): Promise<[servers: number, calls: number]> {
  const kernel = new SimulatedKernel(emptyMachine);
  const start = async (): Promise<number> => {
    const options = { files: plant(kernel), locks: kernel, system: kernel.locks };
    const store = await ProgressStore.open({ ...storeOptions(simulatedConfdir), ...options });
    const sequence = new Sequence(store, progression, parametersOf(progression));
    await sequence.begin();
    assert.equal(sequence.next(), progression.instance);
    return 1;
  };
  let other: Promise<number> | undefined;
  kernel.calls.beforeEach = () => {
    if (kernel.calls.count !== at || other !== undefined) return;
    // Up to its first wait, which is for the visible lock, a start is one piece.
    other = Promise.resolve(0);
    other = start().catch(passTxnid);
  };
  const servers = (await start().catch(passTxnid)) + ((await other) ?? 0);
  return [servers, kernel.calls.count];
}

function passTxnid(error: unknown): number {
  if (!(error instanceof TxnidError)) throw error;
  return 0;
}

async function serversOf(plant: Plant): Promise<number[]> {
  const found: number[] = [];
  for (let at = 0, calls = 1; at < calls; at++) {
    const [servers, made] = await serversWith(at, plant);
    found.push(servers);
    calls = made;
  }
  return found;
}

test('of two first starts at once one serves, whatever the other one has done by then', async () => {
  const servers = await serversOf((files) => files);
  assert.deepEqual(new Set(servers), new Set([1]));
  assert.ok(servers.length > 10, `${servers.length} calls`);
});

test('a creation by rename, which takes the file away from its owner, is found out', async () => {
  assert.notDeepEqual(new Set(await serversOf(createsByRename)), new Set([1]));
});
