/**
 * A command that detaches, for tests. usage: detached-command DIRECTORY BEHAVIOUR
 * The service writes its pid to DIRECTORY/pid, and once it is ready what it sees to DIRECTORY/ready.
 */

import {
  existsSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TxnidError } from '../../src/errors.js';
import { isCallerWaiting } from '../../src/host/caller.js';
import { detachedService, startDetached } from '../../src/host/daemonize.js';

const [directory = '', behaviour = ''] = process.argv.slice(2);
const inDirectory = (name: string) => join(directory, name);

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition() && isWanted()) await sleep(10);
}

/** The test takes the directory away when it is done. */
const isWanted = () => existsSync(directory);

/** Field 6 of /proc/PID/stat, session; this command's name has no space in it. */
const session = () => Number(readFileSync('/proc/self/stat', 'utf8').split(' ')[5]);

const behaviours: Record<string, () => Promise<void>> = {
  'be refused': async () => {
    writeSync(2, 'txnid: refused\n');
    process.exit(75);
  },
  'be killed': async () => {
    process.kill(process.pid, 'SIGKILL');
    await sleep(60_000);
  },
  'be stopped': async () => {
    process.kill(process.pid, 'SIGSTOP');
    await waitFor(() => false);
  },
  hang: async () => {
    process.on('SIGTERM', () => {});
    writeFileSync(inDirectory('hanging'), '');
    await waitFor(() => false);
  },
  serve: async () => serve(false),
  'serve and keep standard error': async () => serve(true),
  'serve when told': async () => {
    await waitFor(() => existsSync(inDirectory('go')));
    await serve(false);
  },
};

async function serve(keepStandardError: boolean): Promise<void> {
  writeSync(1, 'early\n');
  service?.ready({ keepStandardError });
  writeSync(1, 'late\n');
  writeSync(2, 'late\n');
  const descriptors = [0, 1, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
  const seen = {
    descriptors,
    session: session(),
    directory: process.cwd(),
    marked: isCallerWaiting(process.env),
  };
  writeFileSync(inDirectory('unfinished'), JSON.stringify(seen));
  renameSync(inDirectory('unfinished'), inDirectory('ready'));
  await waitFor(() => false);
}

async function startService(): Promise<number> {
  const interruption = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
  try {
    return await startDetached(process.argv.slice(1), interruption);
  } catch (error) {
    if (!(error instanceof TxnidError)) throw error;
    writeSync(2, `${error.message}\n`);
    return error.exitCode;
  }
}

const service = isCallerWaiting(process.env) ? detachedService(process.env) : undefined;
if (service === undefined) process.exitCode = await startService();
else {
  writeFileSync(inDirectory('pid'), String(process.pid));
  await behaviours[behaviour]?.();
}
