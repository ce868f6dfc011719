/** Where the jailed services of a test live, and how they are seen from outside, in /proc. */

import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory, isRoot } from '../support/fixtures/scratch.js';
import { type Instance, instanceOn } from '../support/processes/daemon.js';
import { lookAtDescriptors } from '../support/processes/descriptors.js';
import { freePort } from '../support/processes/one-shot-client.js';

/** For tests that only root can run: why they are skipped, if they are. */
export const needsRoot = { skip: isRoot ? false : 'only root can drop privileges: run as root' };

/** Both kinds of jail: the confdir itself, and an empty directory. */
export const jailKinds = ['confdir', 'empty'] as const;

export interface Place extends Instance {
  readonly jail: string;
  /** The user's ids. */
  readonly uid: number;
}

const nobody = 65534;

/** A service for nobody, with a confdir that this user can neither write nor search. */
export async function newPlace(kind: (typeof jailKinds)[number]): Promise<Place> {
  const directory = freshDirectory();
  const confdir = join(directory, 'confdir');
  const jail = kind === 'confdir' ? confdir : join(directory, 'empty');
  mkdirSync(confdir, { mode: 0o750 });
  if (jail !== confdir) mkdirSync(jail, { mode: 0o755 });
  const chroot = kind === 'confdir' ? [] : ['-chroot', jail];
  const instance = instanceOn(confdir, await freePort(), '-user', `${nobody}:${nobody}`, ...chroot);
  return { ...instance, jail, uid: nobody };
}

/** The fields of every thread's status, by their names. */
export function threadStatuses(pid: number): ReadonlyMap<string, string>[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const text = readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8');
    return new Map(text.split('\n').map((line) => line.split(/:\s*/) as [string, string]));
  });
}

/** Targets of the links root and cwd of every thread, each once. */
export function threadPlaces(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/task`).flatMap((id) =>
    ['root', 'cwd'].map((name) => readlinkSync(`/proc/${pid}/task/${id}/${name}`)),
  );
  return [...new Set(links)];
}

/** The directories that a process has open. */
export function openDirectories(pid: number): string[] {
  return lookAtDescriptors(pid, (link) =>
    statSync(link).isDirectory() ? [readlinkSync(link)] : [],
  ).flat();
}

/** A line of /proc/PID/limits: the soft and the hard limit. */
export function limitsOf(pid: number, name: string): string[] {
  const line = readFileSync(`/proc/${pid}/limits`, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(name));
  return line?.slice(name.length).trim().split(/\s+/).slice(0, 2) ?? [];
}
