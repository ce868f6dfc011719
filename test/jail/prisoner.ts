/**
 * Goes into a jail by the service's own steps, then tries to get out: prints, for each attempt, the
 * errno it ended with or `done`, in the main thread and in a worker that was there before.
 *
 * Arguments: the jail, the user, the seccomp mode; a fourth does one thing only: `x32` makes a call of
 * x32, `abort` ends the program as C does it for a fault.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { accountOf } from '../../src/host/jail/account.js';
import { prepareJail } from '../../src/host/jail/jail.js';
import type { SeccompMode } from '../../src/host/jail/seccomp.js';
import { judgedCalls, processCalls, refusedCalls } from '../../src/host/jail/seccomp-calls.js';
import { architectures } from '../../src/host/jail/seccomp-filter.js';
import { leaveAtOnce } from '../../src/host/leave.js';
import { errno, foreign } from '../../src/libc/libc.js';
import { tcpSocket } from '../../src/libc/tcp.js';

type Outcomes = Record<string, string>;

const systemCall = foreign<(...values: number[]) => number>(
  'long syscall(long, long, long, long, long, long, long)',
);
const column = architectures[process.arch]?.column ?? 0;
const { clone, clone3, fcntl, ioctl } = judgedCalls;

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
const F_SETOWN = 8;
const RLIMIT_NOFILE = 7;

/** Towards who started this one; signal 0 only asks whether there could be one. */
function otherProcessOutcomes(): Outcomes {
  const { kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, prlimit64 } = processCalls;
  const other = process.ppid;
  return {
    kill: attempt(kill[column], other),
    'kill of all': attempt(kill[column], -1),
    'kill of the group': attempt(kill[column], 0),
    tkill: attempt(tkill[column], other),
    tgkill: attempt(tgkill[column], other, other),
    rt_sigqueueinfo: attempt(rt_sigqueueinfo[column], other),
    rt_tgsigqueueinfo: attempt(rt_tgsigqueueinfo[column], other, other),
    prlimit64: attempt(prlimit64[column], other, RLIMIT_NOFILE),
    'fcntl F_SETOWN': attempt(fcntl[column], 0, F_SETOWN, other),
  };
}

/** What this process may do to itself. */
function ownOutcomes(): Outcomes {
  const { kill, tgkill, prlimit64 } = processCalls;
  return {
    'process.kill': outcomeOf(() => process.kill(process.pid, 0)),
    kill: attempt(kill[column], process.pid),
    tgkill: attempt(tgkill[column], process.pid, process.pid),
    'prlimit64 of nobody': attempt(prlimit64[column], 0, RLIMIT_NOFILE),
    prlimit64: attempt(prlimit64[column], process.pid, RLIMIT_NOFILE),
  };
}

function judgedOutcomes(): Outcomes {
  return {
    ...otherProcessOutcomes(),
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
    socket: outcomeOf(() => tcpSocket('127.0.0.1')),
    read: outcomeOf(() => readFileSync('/inside')),
    write: outcomeOf(() => writeFileSync('/new', '')),
    rename: outcomeOf(() => renameSync('/inside', '/new')),
    list: outcomeOf(() => readdirSync('/')),
    setuid: outcomeOf(() => process.setuid?.(0)),
  };
}

async function main([directory = '', user = '', seccomp = '', deed]: string[]): Promise<void> {
  leaveAtOnce();
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => worker.once('message', resolve));
  const plan = { account: await accountOf(user), directory, seccomp: seccomp as SeccompMode };
  (await prepareJail(plan))();
  if (deed === 'x32') attempt(0x40000000 + 39);
  if (deed === 'abort') process.abort();
  const isFiltering = seccomp !== 'off';
  const outcomes = isFiltering ? { ...refusedOutcomes(), ...judgedOutcomes() } : {};
  worker.postMessage(isFiltering);
  const inWorker = await new Promise((resolve) => worker.once('message', resolve));
  const result = { main: outcomes, worker: inWorker, own: ownOutcomes(), node: nodeOutcomes() };
  writeSync(1, JSON.stringify(result));
  process.exit(0);
}

if (isMainThread) await main(process.argv.slice(2));
parentPort?.on('message', (isFiltering: boolean) => {
  parentPort?.postMessage(isFiltering ? { ...refusedOutcomes(), ...judgedOutcomes() } : {});
});
parentPort?.postMessage('ready');
