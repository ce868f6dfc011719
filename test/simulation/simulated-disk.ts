/**
 * One simulated file as the disk of a progress file: faults at chosen steps, and power cuts that lose, keep or tear
 * what was not flushed. What the kernel and the medium do is that of the simulated machine (simulated-file.ts).
 */

import { type Disk, progressFileBytes } from '../../src/progress/file/disk.js';
import type { NameState } from '../../src/progress/file/name-sight.js';
import { encodeRecord, type ProgressRecord, slotBytes } from '../../src/progress/file/record.js';
import type { FaultKind as MachineFault } from './simulated-calls.js';
import { SimulatedFile } from './simulated-file.js';
import { tornMedium } from './torn-writes.js';

/** What goes wrong with a step; a process that is killed there sees nothing more either way. */
export type FaultKind = Exclude<MachineFault, 'lies'>;

/** What a disk was asked for. */
export type DiskCall =
  | { readonly call: 'read' | 'name' | 'flush' }
  | { readonly call: 'write'; readonly offset: number; readonly bytes: Uint8Array };

export class SimulatedDisk implements Disk {
  /** What became of the file's name. */
  nameState: NameState = 'kept';
  /** The steps asked for so far. */
  readonly steps: DiskCall[] = [];
  /** Somebody else's chance to act: called before each step. */
  beforeStep: (step: DiskCall) => void = () => {};
  #file: SimulatedFile;
  #faults = new Map<number, FaultKind>();
  #failing: { readonly call: string; readonly kind: FaultKind; left: number } | undefined;

  constructor(bytes: Uint8Array) {
    this.#file = SimulatedFile.durable(bytes);
  }

  /** A file as it is after its creation: the record, and the same one again after it. */
  static created(record: ProgressRecord): SimulatedDisk {
    const successor = { ...record, generation: record.generation + 1 };
    return new SimulatedDisk(Buffer.concat([encodeRecord(record), encodeRecord(successor)]));
  }

  /** What a read gives. */
  get cached(): Buffer {
    return Buffer.from(this.#file.cached);
  }

  /** What a power cut now would leave, if it lost all it can. */
  get durable(): Buffer {
    return Buffer.from(this.#file.medium);
  }

  /** The step that comes after `steps` more ones goes wrong. */
  failAfter(steps: number, kind: FaultKind): void {
    this.#faults.set(this.steps.length + steps, kind);
  }

  /** The `nth` such call from now on goes wrong. */
  fail(call: DiskCall['call'], kind: FaultKind, nth = 1): void {
    this.#failing = { call, kind, left: nth };
  }

  /** No faults from here on. */
  mend(): void {
    this.#faults.clear();
    this.#failing = undefined;
  }

  readSync(): Uint8Array {
    return this.#make({ call: 'read' }, () => this.cached.subarray(0, progressFileBytes + 1));
  }

  async read(): Promise<Uint8Array> {
    await this.delay({ call: 'read' });
    return this.readSync();
  }

  nameSync(): NameState {
    return this.#make({ call: 'name' }, () => this.nameState);
  }

  async name(): Promise<NameState> {
    await this.delay({ call: 'name' });
    return this.nameSync();
  }

  writeSync(offset: number, bytes: Uint8Array): void {
    this.#make({ call: 'write', offset, bytes }, (fault) => {
      const part = fault === 'short' ? bytes.subarray(0, bytes.length / 2) : bytes;
      this.#file = this.#file.write(offset, part);
    });
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.delay({ call: 'write', offset, bytes });
    this.writeSync(offset, bytes);
  }

  flushSync(): void {
    this.#make({ call: 'flush' }, (fault) => {
      this.#file = fault === 'dropped' ? this.#file.drop() : this.#file.flush();
    });
  }

  async flush(): Promise<void> {
    await this.delay({ call: 'flush' });
    this.flushSync();
  }

  /** What a call in the background waits for. */
  protected async delay(_step: DiskCall): Promise<void> {}

  /** Whatever was not flushed reaches the medium or not, each sector for itself. */
  powerCut(isKept: (sector: number) => boolean): void {
    this.#file = SimulatedFile.durable(tornMedium(this.#file, isKept));
  }

  /** Somebody else writes: it is on the medium at once. */
  overwrite(offset: number, bytes: Uint8Array): void {
    this.#file = this.#file.write(offset, bytes).flush();
  }

  /** Puts noise where a slot was. */
  destroySlot(slot: number): void {
    this.overwrite(slot * slotBytes, Buffer.alloc(slotBytes, '?'));
  }

  #make<Result>(step: DiskCall, act: (fault?: FaultKind) => Result): Result {
    this.beforeStep(step);
    const fault = this.#faults.get(this.steps.length) ?? this.#faultOf(step);
    this.steps.push(step);
    if (fault === undefined) return act();
    const isDone =
      fault === 'done' ||
      (fault === 'dropped' && step.call === 'flush') ||
      (fault === 'short' && step.call === 'write');
    if (isDone) act(fault);
    throw Object.assign(new Error(`EIO: simulated, ${step.call} ${fault}`), { code: 'EIO' });
  }

  #faultOf({ call }: DiskCall): FaultKind | undefined {
    const failing = this.#failing;
    if (failing?.call !== call || --failing.left !== 0) return undefined;
    return failing.kind;
  }
}
