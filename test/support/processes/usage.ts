/** What a process uses, as the kernel tells it. */

import { readdirSync, readFileSync } from 'node:fs';

/** Memory that is there, in KiB. */
export function residentKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** Time that all of its threads have spent on a CPU, in nanoseconds. */
export function cpuNs(pid: number): number {
  return sumOfThreads(pid, 'schedstat', /^(\d+)/);
}

/** How often its threads have begun to wait for something. */
export function waits(pid: number): number {
  return sumOfThreads(pid, 'status', /^voluntary_ctxt_switches:\s*(\d+)/m);
}

function sumOfThreads(pid: number, file: string, figure: RegExp): number {
  const figures = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(figure.exec(readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8'))?.[1]),
  );
  return figures.reduce((sum, one) => sum + one, 0);
}

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Most descriptors that this process, and so those it starts, can have. */
export function descriptorLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const [, hard = ''] = /^Max open files +\S+ +(\S+)/m.exec(limits) ?? [];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}
