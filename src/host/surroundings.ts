/** What surrounds a start and could undo the jail, or run as root before it is there. */

import { readFileSync } from 'node:fs';
import { type Fault, failure } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Throws TxnidError 'privilege' for what no jail holds against: `inspectorUrl` is where a debugger may
 * connect, if Node has one open.
 */
export function refuseOpenSurroundings(environment: Environment, inspectorUrl: string | undefined) {
  const uring = environment.UV_USE_IO_URING;
  // libuv reads it as a number; 0 is off, as without it.
  if (uring !== undefined && uring !== '0') {
    const what =
      'Cannot start with UV_USE_IO_URING: its calls are made with the rights of the start';
    throw failure('privilege', what, 'unset UV_USE_IO_URING');
  }
  if (inspectorUrl !== undefined) {
    const what = `Cannot start with a debugger open at ${inspectorUrl}: whoever connects is this process`;
    throw failure('privilege', what, 'start without --inspect (also in NODE_OPTIONS)');
  }
}

const preloads = ['NODE_OPTIONS', 'LD_PRELOAD'];

/** For a start that drops privileges: what was made to run in it before it could. */
export function preloadWarnings(environment: Environment): Fault[] {
  const set = preloads.filter((name) => (environment[name] ?? '') !== '');
  return set.map((name) => ({
    what: `${name} is set at a start as root: what it loads has run with all rights`,
    remedy: `unset ${name}, unless you know that it is meant for this`,
  }));
}

/** Descriptors that the service takes for itself: files, listeners, epoll, the runtime's own. */
const ownDescriptors = 100;

/** A progress file and a trail. */
const descriptorsPerSequence = 2;

/** Throws TxnidError 'settings' where the files of so many named sequences cannot all be open. */
export function refuseTooManyFiles(sequences: number, limits = processLimits()): void {
  const limit = openFilesLimit(limits);
  const needed = sequences * descriptorsPerSequence + ownDescriptors;
  if (sequences === 0 || needed <= limit) return;
  const what = `Cannot keep the files of ${sequences} sequences open: only ${limit} files may be open`;
  throw failure('settings', what, `raise the limit to ${needed} (ulimit -n, LimitNOFILE=)`);
}

/** Sessions beyond the limit of open files would wait in the kernel instead of being closed at once. */
export function descriptorWarnings(
  sessionsMax: number,
  sequences: number,
  limits = processLimits(),
): Fault[] {
  const limit = openFilesLimit(limits);
  const needed = sessionsMax + sequences * descriptorsPerSequence + ownDescriptors;
  if (needed <= limit) return [];
  const what = `max-sessions is ${sessionsMax}, but only ${limit} files may be open: those beyond that wait`;
  return [{ what, remedy: `raise the limit to ${needed} (ulimit -n, LimitNOFILE=)` }];
}

function openFilesLimit(limits: string): number {
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
}

/** What this process may use, as the kernel tells it; empty where it does not. */
function processLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
