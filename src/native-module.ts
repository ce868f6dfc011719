/** The modules that are built, or chosen, for one machine and version of Node: what it means that one cannot be loaded. */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from './error-code.js';
import { failure, type TxnidError } from './errors.js';

/** Where it was never built, npm has left it out or never ran; what is there may be of another Node. */
const absences: readonly RegExp[] = [
  /Cannot find (?:package|module) '(koffi|posix|@koromix\/[\w-]+)'/,
  /native (Koffi) module/i,
];
const loadFailures: readonly RegExp[] = [
  // Built for another Node, or against another C library.
  /NODE_MODULE_VERSION/,
  // What posix says where its own part is not there or does not load.
  /node-posix extension module/,
];

/** The error for an operator, if this one is of a native module that cannot be loaded. */
export function unloadable(error: unknown): TxnidError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  const absent = absences.map((pattern) => pattern.exec(message)?.[1]).find(Boolean);
  const fails =
    errorCode(error) === 'ERR_DLOPEN_FAILED' || loadFailures.some((one) => one.test(message));
  if (absent === undefined && !fails) return undefined;
  const reason = message.split(/\?*\n|\?+$/)[0] ?? '';
  const what = `Cannot load a native module, for Node ${process.version}: ${reason}`;
  const remedy =
    absent === undefined
      ? `it was built for another Node or machine; run "npm rebuild${placeFlags()}"`
      : `with python3, make and g++ on this machine, run "npm install${placeFlags('txnid')}"`;
  return failure('installation', what, remedy, { cause: error });
}

/** Where npm has to work to mend this installation, `global` what to name where it is one for the whole machine. */
function placeFlags(global?: string): string {
  const script = realpathSync(fileURLToPath(import.meta.url));
  const modules = script.indexOf(`${sep}node_modules${sep}`);
  // Nearest above the program where it is a checkout, outermost of all that hold it where it is a dependency.
  const top = modules < 0 ? manifestAbove(dirname(script)) : script.slice(0, modules);
  if (existsSync(join(top, 'package.json'))) return ` --prefix ${top}`;
  const prefix = dirname(top);
  const isOfThisNode = prefix === dirname(dirname(process.execPath));
  return `${isOfThisNode ? ' -g' : ` -g --prefix ${prefix}`}${global === undefined ? '' : ` ${global}`}`;
}

function manifestAbove(directory: string): string {
  const isThere = existsSync(join(directory, 'package.json'));
  const hasName = isThere && !directory.endsWith(join('dist', 'bin'));
  const parent = dirname(directory);
  return hasName || parent === directory ? directory : manifestAbove(parent);
}
