/** Owners, parameters, records and directories for tests of the progress. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { flockExclusive } from '../../src/libc/flock.js';
import type { AuditEntry } from '../../src/progress/audit.js';
import type { LockSystem } from '../../src/progress/lock.js';
import type { Owner, Parameters, ProgressRecord } from '../../src/progress/record.js';
import { ProgressStore, type StoreOptions } from '../../src/progress/store.js';
import { numberMax, type Progression } from '../../src/sequence/progression.js';

/** No process is known to live, and this host has booted since whatever a test does. */
export const system: LockSystem = {
  flockExclusive,
  flockHolder: () => undefined,
  isAlive: () => false,
  bootedAtMs: () => Number.POSITIVE_INFINITY,
  watchName: () => assert.fail('nothing is watched outside a jail'),
};

/** This process on a host that all test processes agree on. */
export function ownOwner(): Owner {
  const nonce = randomBytes(8).toString('hex');
  return { host: hostname(), machine: 'm', boot: 'b', pid: process.pid, start: '1', nonce };
}

export const strangeOwner: Owner = {
  host: 'elsewhere',
  machine: 'other machine',
  boot: 'other boot',
  pid: 4711,
  start: '2',
  nonce: 'abcdef',
};

export function progressionOf(values: Partial<Progression> = {}): Progression {
  return { instance: 1n, increment: 1n, max: numberMax, ...values };
}

export function parametersOf({ instance, increment, max }: Progression): Parameters {
  return { instance: Number(instance), increment: Number(increment), max: String(max) };
}

/** A record like that of a file just created, with changes. */
export function recordOf(changes: Partial<ProgressRecord> = {}): ProgressRecord {
  return {
    generation: 1,
    next: 1n,
    reserved: 0n,
    ceiling: 0n,
    clean: true,
    since: '2026-01-02T03:04:05.678Z',
    owner: ownOwner(),
    parameters: { instance: 1, increment: 1 },
    ...changes,
  };
}

export function entryOf(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    time: '2026-01-02T03:04:05.678Z',
    event: 'started',
    generation: 1,
    next: '1',
    reserved: '65536',
    changes: [],
    uid: 0,
    pid: process.pid,
    host: hostname(),
    parameters: { instance: 1, increment: 1 },
    ...changes,
  };
}

/** Makes directories that go when the tests of the file are done. */
export function temporaryDirectories(role: string): () => string {
  const parent = mkdtempSync(join(tmpdir(), `txnid-${role}-`));
  after(() => rmSync(parent, { recursive: true }));
  return () => mkdtempSync(join(parent, 'confdir-'));
}

export function storeOptions(
  confdir: string,
  progression: Progression = progressionOf(),
  changes: Partial<StoreOptions> = {},
): StoreOptions {
  return {
    confdir,
    owner: ownOwner(),
    uid: process.getuid?.() ?? 0,
    system,
    wallClock: () => new Date(),
    parameters: parametersOf(progression),
    instance: progression.instance,
    onLost: () => {},
    onWarning: () => {},
    ...changes,
  };
}

/** Opens the store of a confdir as the embedded library does. */
export async function openStore(
  confdir: string,
  progression: Progression = progressionOf(),
  changes: Partial<StoreOptions> = {},
): Promise<ProgressStore> {
  return await ProgressStore.open(storeOptions(confdir, progression, changes));
}
