/** What an owner opens must be a file: a pipe or a directory in its place is never read or written. */

import type { FileSystem } from './file-system.js';

/** The errors, in the words of who opens. */
interface Refusals {
  /** The system's error as what to throw. */
  readonly failed: (error: unknown) => unknown;
  readonly irregular: () => unknown;
}

/** The descriptor of a regular file; any other one is closed, and its refusal thrown. */
export function keepRegular(
  descriptor: number,
  files: FileSystem,
  { failed, irregular }: Refusals,
): number {
  let isRegular: boolean;
  try {
    isRegular = files.fstatSync(descriptor).isFile();
  } catch (error) {
    files.closeSync(descriptor);
    throw failed(error);
  }
  if (isRegular) return descriptor;
  files.closeSync(descriptor);
  throw irregular();
}
