/** What others do to the name of a file that is in use, each of which leads another start elsewhere. */

import { copyFileSync, linkSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

function replace(path: string): void {
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
}

/** By what becomes of the file. */
export const exchanges: Readonly<Record<string, (path: string) => void>> = {
  'moved aside for a copy': (path) => {
    renameSync(path, `${path}.aside`);
    copyFileSync(`${path}.aside`, path);
  },
  'moved away': (path) => renameSync(path, `${path}.aside`),
  'moved away with its directory': (path) => renameSync(dirname(path), `${dirname(path)}.moved`),
  'given a second name': (path) => linkSync(path, `${path}.backup`),
  'left with its second name only': (path) => {
    linkSync(path, `${path}.backup`);
    replace(path);
  },
};
