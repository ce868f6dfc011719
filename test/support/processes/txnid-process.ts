/** The real program in a process of its own; none outlives the test process. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Compiled, this module is in dist/test/support/processes. */
export const programPath = fileURLToPath(new URL('../../../bin/main.js', import.meta.url));

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  /** Set on top of the test's own environment, which is free of txnid's variables. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Words to put before the program, such as `prlimit --fsize=8192`; they must exec it. */
  readonly wrapper?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  /** A script to run instead of txnid. */
  readonly script?: string;
}

/** No run of a command and no stop takes as long as this, on however busy a machine. */
const endLimitMs = 60_000;

const running = new Set<number>();

/** Also ends these at the end of the test process: services that have let go of their starter. */
export function endWithTest(pid: number): void {
  running.add(pid);
}

export class TxnidProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(values: readonly string[], options: ProcessOptions = {}) {
    const { wrapper = [], script = programPath } = options;
    const [command = '', ...words] = [...wrapper, process.execPath, script, ...values];
    this.child = spawn(command, words, spawnOptions(options));
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    if (this.child.pid !== undefined) running.add(this.child.pid);
    this.ended = this.#ends();
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process was not started');
    return this.child.pid;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Signals, and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.signal(signal);
    return await this.endedInTime();
  }

  /** Waits for the end; a process that does not come to it is killed, which shows in the result. */
  async endedInTime(limitMs = endLimitMs): Promise<Ended> {
    const timer = setTimeout(() => this.signal('SIGKILL'), limitMs);
    return await this.ended.finally(() => clearTimeout(timer));
  }

  #ends(): Promise<Ended> {
    return new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        running.delete(this.pid);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }
}

function spawnOptions({ environment, uid, gid, cwd }: ProcessOptions): SpawnOptions {
  return {
    env: { ...cleanEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

/** The runner's own variables would change what the program does. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const isForeign = (name: string) => /^TXNID_|^NOTIFY_SOCKET$|^NODE_TEST_CONTEXT$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}

/** Runs a command to its end. */
export async function runTxnid(
  values: readonly string[],
  options: ProcessOptions = {},
): Promise<Ended> {
  return await new TxnidProcess(values, options).endedInTime();
}

/** Waits for something to become true, and fails with `what` if it never does. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  limitMs = endLimitMs,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(5);
  }
}

process.on('exit', () => {
  for (const pid of running) kill(pid);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
