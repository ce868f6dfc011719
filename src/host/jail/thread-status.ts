/**
 * What the kernel says of each thread of this process (proc(5), status). Its files are opened before
 * a chroot and read after it: what they show is made anew at each reading.
 */

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

/** What every thread has to be. */
export interface ThreadExpectation {
  /** Ids and rights after a drop; undefined when nothing was dropped. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined;
  readonly isFiltering: boolean;
}

const statusBytesMax = 16 * 1024;
const directory = '/proc/self/task';

export class ThreadStatuses {
  readonly #descriptors: readonly number[];

  /** Of all threads there are now. */
  constructor() {
    this.#descriptors = readdirSync(directory).map((id) =>
      openSync(`${directory}/${id}/status`, 'r'),
    );
  }

  /** The first thing that is not as expected, in any of the threads. */
  fault(expected: ThreadExpectation): string | undefined {
    for (const descriptor of this.#descriptors) {
      const fault = threadFault(statusText(descriptor), expected);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  close(): void {
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }
}

function statusText(descriptor: number): string {
  const bytes = Buffer.alloc(statusBytesMax);
  return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
}

/** What is not as expected in the text of a thread's status; what it does not say is not either. */
export function threadFault(status: string, expected: ThreadExpectation): string | undefined {
  const fields = new Map(status.split('\n').map(nameAndValue));
  const wanted = Object.entries({ ...droppedFields(expected), ...filterFields(expected) });
  const wrong = wanted.find(([name, value]) => fields.get(name) !== value);
  if (wrong === undefined) return undefined;
  const [name, value] = wrong;
  return `thread ${fields.get('Pid')} has ${name} ${fields.get(name)} instead of ${value}`;
}

function nameAndValue(line: string): [string, string] {
  const [name = '', value = ''] = line.split(':');
  return [name, value.trim().replace(/\s+/g, ' ')];
}

/** Real, effective, saved and file system ids, no further group, no capability. */
function droppedFields({ account }: ThreadExpectation): Record<string, string> {
  if (account === undefined) return {};
  const four = (id: number): string => Array(4).fill(id).join(' ');
  const noCapability = '0'.repeat(16);
  return {
    Uid: four(account.uid),
    Gid: four(account.gid),
    Groups: '',
    CapPrm: noCapability,
    CapEff: noCapability,
    CapAmb: noCapability,
  };
}

function filterFields({ isFiltering }: ThreadExpectation): Record<string, string> {
  return isFiltering ? { NoNewPrivs: '1', Seccomp: '2' } : {};
}
