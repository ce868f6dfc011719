/** What the settings ask a start to give up, resolved and judged before anything is written. */

import { join, relative, resolve } from 'node:path';
import { failure, type TxnidError } from '../errors.js';
import { type Account, accountOf } from '../host/jail/account.js';
import { isWithin } from '../host/jail/jail.js';
import { walkPath } from '../host/path-walk.js';
import type { LockKeeper } from '../progress/file/name-sight.js';
import type { LoadedSettings } from './settings.js';

export interface Confinement {
  readonly account: Account | undefined;
  /** The jail, absolute and without symbolic links. */
  readonly directory: string | undefined;
  /** Who keeps the lock in it; undefined without any confinement. */
  readonly keeper: LockKeeper | undefined;
}

/** Throws TxnidError 'privilege' where a drop or a jail was asked for and cannot be had. */
export async function confinementOf(settings: LoadedSettings): Promise<Confinement> {
  const { user, chroot } = settings.values;
  if (user === 'none' && chroot === 'none') {
    return { account: undefined, directory: undefined, keeper: undefined };
  }
  if (process.geteuid?.() !== 0) throw notRoot(user, chroot);
  const account = user === 'none' ? undefined : await accountOf(user);
  const confdir = walkPath(settings.confdir).path;
  const directory = chroot === 'none' ? undefined : jailDirectory(chroot);
  const inside = insideOf(directory, confdir);
  const form = inside === undefined ? 'file' : 'directory';
  return { account, directory, keeper: { uid: 0, gid: 0, ...account, form, confdir: inside } };
}

/** The confdir's path for a process that is locked into a directory; undefined where it lies outside. */
function insideOf(directory: string | undefined, confdir: string): string | undefined {
  if (directory === undefined) return confdir;
  return isWithin(directory, confdir) ? join('/', relative(directory, confdir)) : undefined;
}

function notRoot(user: string, chroot: string): TxnidError {
  const goals = [
    ...(user === 'none' ? [] : [`become user ${user}`]),
    ...(chroot === 'none' ? [] : [`lock the process into ${chroot}`]),
  ];
  const what = `Cannot ${goals.join(' and ')}: only root can`;
  return failure('privilege', what, 'start txnid as root, or set user and chroot to none');
}

function jailDirectory(chroot: string): string {
  const { path, isDirectory } = walkPath(resolve(chroot));
  if (isDirectory) return path;
  const what = `Cannot lock the process into ${chroot}: it is not a directory`;
  throw failure('privilege', what, `make it (install -d -m 0755 ${path}), or set another chroot`);
}
