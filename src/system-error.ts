import { getSystemErrorMap } from 'node:util';
import { errorCode } from './error-code.js';

/**
 * The error that Node would throw if this call failed as another one did: for who rehearses a call
 * without making it. `cause`: the other call's error; `path`: undefined for calls by descriptor,
 * whose errors name none.
 */
export function systemError(cause: unknown, call: string, path?: string): Error {
  const { errno = 0 } = cause as NodeJS.ErrnoException;
  const [code = 'EIO', meaning = 'unknown error'] = getSystemErrorMap().get(errno) ?? [];
  const target = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${meaning}, ${call}${target}`), { code, errno });
}

/** What helps where there are no descriptors left. */
export const moreFiles = 'raise the limit of open files (ulimit -n, LimitNOFILE=, fs.file-max)';

/** The way out of a failed call where its error says it, whatever was being done; else `otherwise`. */
export function remedyFor(error: unknown, otherwise: string): string {
  switch (errorCode(error)) {
    case 'EMFILE':
    case 'ENFILE':
      return `${moreFiles}, then start again`;
    case 'EROFS':
      return 'mount the file system for writing (under systemd: ReadWritePaths=), then start again';
    default:
      return otherwise;
  }
}
