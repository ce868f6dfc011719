/** The files of the instance on a simulated machine. */

import type { FileSystem } from '../../src/progress/file/file-system.js';
import { progressPaths } from '../../src/progress/file/paths.js';
import type { Owner } from '../../src/progress/file/record.js';
import { type AuditReading, readLines } from '../../src/progress/trail/reader.js';
import type { Progression } from '../../src/sequence/progression.js';
import { parametersOf } from '../support/fixtures/progress-fixture.js';
import type { SimulatedKernel } from './simulated-kernel.js';
import { cachedBytes, type Machine } from './simulated-machine.js';

export const simulatedConfdir = '/simulated';
export const simulatedPaths = progressPaths(simulatedConfdir);

/**
 * Every process of it: nothing tells two of them apart but what they do. Its host has a name so long that
 * a record takes two sectors of 512 bytes: one that fits into a single sector could not be torn.
 */
const simulatedOwner: Owner = {
  host: 'h'.repeat(400),
  machine: 'm',
  boot: 'b',
  pid: 1,
  start: '1',
  nonce: 'n',
};

/** A planted bug: the file system as a program with that bug would use it, anew for each process. */
export type Plant = (files: FileSystem) => FileSystem;

/** The progress file; undefined where there is none. */
export function progressOf(machine: Machine): Buffer | undefined {
  return cachedBytes(machine, simulatedPaths.progress);
}

export function trailOf(machine: Machine): AuditReading {
  return readLines(cachedBytes(machine, simulatedPaths.audit) ?? new Uint8Array());
}

/** What a process opens the files with; where there are none it makes them for this progression. */
export function simulatedOptions(kernel: SimulatedKernel, progression: Progression, plant: Plant) {
  return {
    confdir: simulatedConfdir,
    owner: simulatedOwner,
    uid: 0,
    files: plant(kernel),
    locks: kernel,
    system: kernel.locks,
    wallClock: () => new Date(0),
    parameters: parametersOf(progression),
    instance: progression.instance,
    onLost: () => {},
    onWarning: () => {},
  };
}
