/** Descriptors that a start was given by who started it, and knows nothing of. */

import { closeSync, readdirSync, readlinkSync } from 'node:fs';

const standardMax = 2;

/** Where the descriptors of this process are, each a link to what it is open on. */
const ownDescriptors = '/proc/self/fd';

/**
 * The descriptors above 2 that this process was started with, on Linux; none where there is no /proc. To be
 * called before anything is opened. Node's own are left out: they have no name outside the kernel, are
 * pipes with both ends in this process, or /dev/null; and so are those of `known`, which Node or the
 * caller was told of.
 */
export function inheritedDescriptors(known: readonly number[]): number[] {
  const open = openDescriptors();
  const pipes = [...open.values()].filter((target) => target.startsWith('pipe:'));
  const isOfNode = (target: string) =>
    target.startsWith('anon_inode:') ||
    target === '/dev/null' ||
    pipes.filter((pipe) => pipe === target).length === 2;
  return (
    [...open]
      .filter(([fd, target]) => fd > standardMax && !known.includes(fd) && !isOfNode(target))
      // A parent that talks to this process through Node has a socket of which Node keeps the number.
      .filter(([, target]) => !(process.connected && target.startsWith('socket:')))
      .map(([fd]) => fd)
  );
}

function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of namesIn(ownDescriptors)) {
    try {
      open.set(Number(name), readlinkSync(`${ownDescriptors}/${name}`));
    } catch {
      // The one that listed them is closed by now.
    }
  }
  return open;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Closes what no jail would hold back: a file that is open can be read and written from anywhere. */
export function closeInherited(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}
