/** Names that were likely meant to be the settings file's. Pure. */

import type { Fault } from '../../errors.js';
import { configFileName } from '../limits.js';
import { quoted } from '../quote.js';
import { editDistance } from '../suggest.js';

/** `txnid.yml`, `.txnid.yaml`, `txnid.yaml~`, `txind.yaml` and the like; `txnid.dat` is three edits away. */
const editsMax = 2;

/** What editors and browsers put behind a whole name, as in `txnid.yaml.txt`. */
const addedEnding = /\.(?:txt|ya?ml)$/i;

/** A fault for each name that would be read if it were written right; `names`: those in a confdir without the file. */
export function nearMissFaults(confdir: string, names: readonly string[]): Fault[] {
  return names.filter(isNearMiss).map((name) => ({
    what: `There is no ${configFileName} in ${confdir}, but there is ${quoted(name)}, which is not read`,
    remedy: `rename it to ${configFileName}, or move it out of there`,
  }));
}

function isNearMiss(name: string): boolean {
  return [name, name.replace(addedEnding, '')].some((one) => {
    return editDistance(one.toLowerCase(), configFileName) <= editsMax;
  });
}
