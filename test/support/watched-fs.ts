/** node:fs as the program sees it, in this process: what it calls, in order, and calls that fail. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

type Call =
  | 'openSync'
  | 'fstatSync'
  | 'accessSync'
  | 'statSync'
  | 'statfsSync'
  | 'readSync'
  | 'mkdirSync'
  | 'writeSync'
  | 'ftruncateSync'
  | 'fsyncSync'
  | 'fdatasyncSync'
  | 'linkSync'
  | 'rmSync'
  | 'renameSync';

const watched = ['writeSync', 'fsyncSync', 'fdatasyncSync', 'linkSync', 'rmSync'] as const;

// biome-ignore lint/suspicious/noExplicitAny: of any of these functions
type AnyFunction = (...values: any[]) => unknown;

/** Acts with these functions in the place of the real ones, to the end of a promise too. */
export function withFs<Result>(
  replaced: Partial<Record<Call, (real: AnyFunction) => AnyFunction>>,
  act: () => Result,
): Result {
  const functions = fs as unknown as Record<Call, AnyFunction>;
  const names = Object.keys(replaced) as Call[];
  const originals = names.map((name) => [name, functions[name]] as const);
  for (const [name, real] of originals) functions[name] = replaced[name]?.(real) ?? real;
  syncBuiltinESMExports();
  const putBack = (): void => {
    for (const [name, real] of originals) functions[name] = real;
    syncBuiltinESMExports();
  };
  let isPending = false;
  try {
    const result = act();
    isPending = result instanceof Promise;
    return isPending ? ((result as Promise<unknown>).finally(putBack) as Result) : result;
  } finally {
    if (!isPending) putBack();
  }
}

/** What is written, flushed, named and removed while it acts: `fsyncSync txnid.dat` and the like. */
export function callsOf(act: () => void): string[] {
  const calls: string[] = [];
  const record =
    (name: string) =>
    (real: AnyFunction) =>
    (target: number | string, ...rest: unknown[]) => {
      calls.push(`${name} ${nameOf(target)}`);
      return real(target, ...rest);
    };
  withFs(Object.fromEntries(watched.map((name) => [name, record(name)])), act);
  return calls;
}

function nameOf(target: number | string): string {
  return basename(typeof target === 'string' ? target : fs.readlinkSync(`/proc/self/fd/${target}`));
}

/** In the place of a function: fails as the kernel would. */
export function failing(code: string): () => AnyFunction {
  return () => () => {
    throw Object.assign(new Error(`${code}: injected`), { code });
  };
}

/** The same for its first call; the others are made. */
export function failingOnce(code: string): (real: AnyFunction) => AnyFunction {
  let left = 1;
  return (real) =>
    (...values) =>
      left-- > 0 ? failing(code)()() : real(...values);
}

/** Descriptors that this process has open. */
export function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

/** Fails unless all that was opened meanwhile is closed again. */
export function assertNothingLeftOpen(act: () => void): void {
  const before = openDescriptors();
  act();
  assert.equal(openDescriptors(), before, 'a descriptor is left open');
}
