import { getSystemErrorMap } from 'node:util';

/**
 * The error that Node would throw if this call failed as another one did: for who foresees a refusal
 * without making the call. `cause`: the other call's error; `path`: undefined for calls by descriptor,
 * whose errors name none.
 */
export function systemError(cause: unknown, call: string, path?: string): Error {
  const { errno = 0 } = cause as NodeJS.ErrnoException;
  const [code = 'EIO', meaning = 'unknown error'] = getSystemErrorMap().get(errno) ?? [];
  const target = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${meaning}, ${call}${target}`), { code, errno });
}
