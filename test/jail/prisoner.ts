/**
 * Goes into a jail by the service's own steps, then tries to get out: prints, for each attempt, the
 * errno it ended with or `done`, in the main thread and in a worker that was there before.
 *
 * Arguments: the jail, the user, the seccomp mode; `x32` as a fourth makes one call of x32 instead.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { accountOf } from '../../src/host/account.js';
import { prepareJail } from '../../src/host/jail.js';
import { leaveAtOnce } from '../../src/host/leave.js';
import type { SeccompMode } from '../../src/host/seccomp.js';
import { judgedCalls, refusedCalls } from '../../src/host/seccomp-calls.js';
import { architectures } from '../../src/host/seccomp-filter.js';
import { errno, foreign } from '../../src/libc/libc.js';
import { tcpSocket } from '../../src/libc/tcp.js';

type Outcomes = Record<string, string>;

const systemCall = foreign<(...values: number[]) => number>(
  'long syscall(long, long, long, long, long, long, long)',
);
const column = architectures[process.arch]?.column ?? 0;
const { clone, clone3, ioctl } = judgedCalls;

function attempt(number: number, ...values: number[]): string {
  const all = [...values, 0, 0, 0, 0, 0, 0].slice(0, 6);
  if (systemCall(number, ...all) !== -1) return 'done';
  return getSystemErrorMap().get(-errno())?.[0] ?? `errno ${errno()}`;
}

/** Every refused call, with zeros; only under a filter, for who knows what they would do. */
function refusedOutcomes(): Outcomes {
  const calls = Object.values(refusedCalls).flatMap((group) => Object.entries(group));
  const known = calls.filter(([, numbers]) => numbers[column] >= 0);
  return Object.fromEntries(known.map(([name, numbers]) => [name, attempt(numbers[column])]));
}

const SIGCHLD = 17;
const TIOCSTI = 0x5412;

function judgedOutcomes(): Outcomes {
  return {
    clone: attempt(clone[column], SIGCHLD),
    clone3: attempt(clone3[column]),
    ioctl: attempt(ioctl[column], 0, TIOCSTI),
    unknown: attempt(9999),
  };
}

function outcomeOf(act: () => void): string {
  try {
    act();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** The same as programs do it. Not by node:net, see jail.ts. */
function nodeOutcomes(): Outcomes {
  const child = spawnSync('/bin/true');
  return {
    spawn: (child.error as NodeJS.ErrnoException | undefined)?.code ?? 'done',
    socket: outcomeOf(tcpSocket),
    read: outcomeOf(() => readFileSync('/inside')),
    write: outcomeOf(() => writeFileSync('/new', '')),
    rename: outcomeOf(() => renameSync('/inside', '/new')),
    list: outcomeOf(() => readdirSync('/')),
    setuid: outcomeOf(() => process.setuid?.(0)),
  };
}

async function main([directory = '', user = '', seccomp = '', x32]: string[]): Promise<void> {
  leaveAtOnce();
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => worker.once('message', resolve));
  const plan = { account: await accountOf(user), directory, seccomp: seccomp as SeccompMode };
  (await prepareJail(plan))();
  if (x32 !== undefined) attempt(0x40000000 + 39);
  const isFiltering = seccomp !== 'off';
  const outcomes = isFiltering ? { ...refusedOutcomes(), ...judgedOutcomes() } : {};
  worker.postMessage(isFiltering);
  const inWorker = await new Promise((resolve) => worker.once('message', resolve));
  const result = { main: outcomes, worker: inWorker, node: nodeOutcomes() };
  writeSync(1, JSON.stringify(result));
  process.exit(0);
}

if (isMainThread) await main(process.argv.slice(2));
parentPort?.on('message', (isFiltering: boolean) => {
  parentPort?.postMessage(isFiltering ? { ...refusedOutcomes(), ...judgedOutcomes() } : {});
});
parentPort?.postMessage('ready');
