/** Starts that are refused for the user or the jail that they ask for; only root can prepare them. */

import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nobody, type Prepare } from './refused-starts.js';

function jailed(jail: string): string[] {
  return ['-user', `${nobody}:${nobody}`, '-chroot', jail];
}

/** Of an instance that has never run. */
export const ofJailed: Readonly<Record<string, Prepare>> = {
  'an unknown user': () => ({ code: 77, flags: ['-user', 'nobody-of-that-name'] }),
  'root for a user': () => ({ code: 77, flags: ['-user', 'root'] }),
  'a jail that is not there': () => ({ code: 77, flags: jailed('/nowhere/jail') }),
  'a jail behind links that lead in a circle': ({ confdir }) => {
    const link = `${confdir}.link`;
    symlinkSync(link, link);
    return { code: 77, flags: jailed(link) };
  },
  'a jail below a file': ({ confdir }) => {
    writeFileSync(`${confdir}.file`, '');
    return { code: 77, flags: jailed(`${confdir}.file/jail`) };
  },
  'a jail with a name that is too long': ({ confdir }) => ({
    code: 77,
    flags: jailed(join(dirname(confdir), 'x'.repeat(256))),
  }),
  'a host without /proc': () => ({
    code: 77,
    options: {
      wrapper: ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc; exec "$@"', 'sh'],
    },
  }),
  'a root that may not chroot': ({ confdir }) => {
    const wrapper = ['setpriv', '--bounding-set', '-sys_chroot', '--'];
    return { code: 77, flags: jailed(confdir), options: { wrapper } };
  },
  'a root that keeps its rights': ({ confdir }) => {
    const wrapper = ['setpriv', '--securebits', '+no_setuid_fixup', '--'];
    return { code: 77, flags: jailed(confdir), options: { wrapper } };
  },
  'a root that may become nobody else': ({ confdir }) => {
    const wrapper = ['setpriv', '--bounding-set', '-setuid', '--'];
    return { code: 77, flags: jailed(confdir), options: { wrapper } };
  },
};
