/** What a process has used of the machine, as Linux counts it. */

import { readdirSync, readFileSync } from 'node:fs';

/** Time that all threads of the process have spent on a CPU, in nanoseconds. */
export function cpuNs(pid: number): number {
  return sumOfThreads(pid, 'schedstat', (text) => Number(text.split(' ')[0]));
}

/** How often its threads have begun to wait for something. */
export function waits(pid: number): number {
  return sumOfThreads(pid, 'status', (text) =>
    Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)?.[1]),
  );
}

/** Memory it has in use, in bytes. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(text)?.[1]) * 1024;
}

function sumOfThreads(pid: number, file: string, read: (text: string) => number): number {
  const tasks = `/proc/${pid}/task`;
  const counts = readdirSync(tasks).map((task) =>
    read(readFileSync(`${tasks}/${task}/${file}`, 'utf8')),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
