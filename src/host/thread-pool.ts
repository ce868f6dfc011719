/**
 * Node's pool of threads for calls in the background, four by default. It begins with its first call, and never grows:
 * whoever wants another size says so before.
 */

/** For many files on disks that may hang. */
export const widePoolThreads = 16;

/** Has no effect once the pool has begun, nor where whoever starts the process has chosen a size. */
export function widenPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= String(widePoolThreads);
}
