/** The modules that are built, or chosen, for one machine and version of Node: what it means that one cannot be loaded. */

import { errorCode } from './error-code.js';
import { failure, type TxnidError } from './errors.js';

const loadFailures: readonly RegExp[] = [
  // Built for another Node, or against another C library.
  /NODE_MODULE_VERSION/,
  // What posix says where its own part is not there or does not load, and koffi.
  /node-posix extension module/,
  /native Koffi module/i,
  /Cannot find (?:package|module) '(?:koffi|posix|@koromix\/[\w-]+)'/,
];

/** The error for an operator, if this one is of a native module that cannot be loaded. */
export function unloadable(error: unknown): TxnidError | undefined {
  if (!(error instanceof Error)) return undefined;
  const isNative =
    errorCode(error) === 'ERR_DLOPEN_FAILED' ||
    loadFailures.some((pattern) => pattern.test(error.message));
  if (!isNative) return undefined;
  const [reason = ''] = error.message.split('\n');
  const what = `Cannot load a native module, for Node ${process.version}: ${reason}`;
  const remedy = 'run "npm rebuild" where txnid is installed, or "npm ci" if it was never built';
  return failure('internal', what, remedy, { cause: error });
}
