/** The files of one instance, in its confdir. */

import { join } from 'node:path';

export interface ProgressPaths {
  /** The progress file. */
  readonly progress: string;
  /** Where a first start builds the progress file before it gets its name. */
  readonly unborn: string;
  /** proper-lockfile's lock while in use: a directory. */
  readonly lock: string;
  /** The audit trail. */
  readonly audit: string;
}

export function progressPaths(confdir: string): ProgressPaths {
  const progress = join(confdir, 'txnid.dat');
  return {
    progress,
    unborn: `${progress}.new`,
    lock: `${progress}.lock`,
    audit: join(confdir, 'txnid.audit'),
  };
}
