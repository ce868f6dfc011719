/** Whether a process spins, seen beside one that does: however busy the machine, both get their share. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithTest, until } from './txnid-process.js';
import { cpuNs } from './usage.js';

/** How long the other one spins. */
const spunNs = 200e6;

/** What a process takes of the CPUs, in parts of what a thread takes that spins meanwhile: 1 or more if it does. */
export async function shareOfSpin(pid: number): Promise<number> {
  const spinner = spawn(process.execPath, ['-e', 'console.log(); for (;;);']);
  const spinnerPid = spinner.pid ?? 0;
  endWithTest(spinnerPid);
  try {
    await once(spinner.stdout, 'data');
    const [before, spunBefore] = [cpuNs(pid), cpuNs(spinnerPid)];
    await until(() => cpuNs(spinnerPid) - spunBefore > spunNs, 'it has spun');
    return (cpuNs(pid) - before) / spunNs;
  } finally {
    spinner.kill('SIGKILL');
  }
}
