/**
 * Whether a lock that is taken in a directory is seen wherever that directory is. On a file system of one
 * host flock(2) reaches all who can open the file; on one that several hosts or guests share it may be
 * local to each of them, by how it is made or by a mount option, and then nothing tells two owners apart.
 */

import { statfsSync } from 'node:fs';
import type { Fault } from '../errors.js';

/**
 * File systems that hosts share, by `f_type` of statfs(2): linux/magic.h, or the file system's own source.
 * Whether their locks reach all hosts cannot be asked, so all of them are here.
 */
const sharedFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE (virtiofs, sshfs, GlusterFS and others)'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x20030528, 'OrangeFS'],
  [0xaad7aaea, 'PanFS'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x786f4256, 'VirtualBox shared folders'],
  [0xbacbacbc, 'VMware shared folders'],
]);

/** A warning where a directory is on such a file system; none where that cannot be told. */
export function lockReachWarnings(directory: string): Fault[] {
  const name = sharedFileSystems.get(typeOf(directory));
  if (name === undefined) return [];
  const what = `${directory} is on ${name}, where a lock need not be seen by other hosts`;
  const remedy =
    'mount it so that flock reaches every host that could start this instance, or see to it that only one can';
  return [{ what, remedy }];
}

/** The 32 bits of `f_type`, which some systems give with their sign; 0, which is no type, where it fails. */
function typeOf(directory: string): number {
  try {
    return statfsSync(directory).type >>> 0;
  } catch {
    return 0;
  }
}
