/**
 * The house rules that a machine can hold. Cycles and the sizes of files and functions are Biome's to
 * hold, dead exports and files knip's (`npm run lint`, `npm run dead`); here are the import
 * directions: what is pure stays pure, and only `commands` and the package entry compose.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a part of the source may import from the others; the parts are folders, or files of src. */
const allowedParts: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'error-code.ts': [],
  'system-error.ts': ['error-code.ts'],
  'native-module.ts': ['errors.ts', 'error-code.ts'],
  sequence: [],
  libc: ['errors.ts', 'error-code.ts'],
  settings: ['errors.ts', 'sequence'],
  progress: ['errors.ts', 'error-code.ts', 'system-error.ts', 'sequence'],
  server: ['errors.ts', 'error-code.ts', 'system-error.ts', 'sequence', 'libc'],
  host: ['errors.ts', 'system-error.ts', 'libc'],
  client: ['sequence'],
  generator: ['errors.ts', 'sequence', 'libc'],
  commands: [
    'errors.ts',
    'error-code.ts',
    'system-error.ts',
    'native-module.ts',
    'sequence',
    'settings',
    'progress',
    'server',
    'host',
    'client',
    'generator',
  ],
  'index.ts': ['errors.ts', 'sequence', 'progress', 'host'],
  'main.ts': ['errors.ts', 'native-module.ts', 'settings', 'host', 'commands'],
};

/** What has no I/O of its own: decisions that can be checked without a disk, a clock or a network. */
const pure =
  /^(sequence|settings)\/|^(errors|error-code)\.ts$|^progress\/(record|choice|window|content|knowledge|trail-knowledge|unusable|audit-event|trail-head|file|reservation)\.ts$|^client\/(reply-reader|question|reconnect-delay)\.ts$|^server\/(http-response|rate-limit|refusal-fault|refusals|tally)\.ts$|^generator\/(reply-scanner|received-runs|number-check|latencies|pace|conversation)\.ts$|-protocol\.ts$/;
const pureBuiltins = ['node:zlib', 'node:crypto', 'node:buffer'];

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every static and dynamic import of a source text; `from` is relative to src. */
function importsOf(from: string, text: string): Import[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => {
    const target = match[1] ?? '';
    const isOwn = target.startsWith('.');
    return { from, to: isOwn ? join(dirname(from), target).replace(/\.js$/, '.ts') : target };
  });
}

function partOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function isForbidden({ from, to }: Import): boolean {
  if (to.startsWith('node:')) return pure.test(from) && !pureBuiltins.includes(to);
  const isPackage = !to.endsWith('.ts');
  const isSamePart = partOf(from) === partOf(to);
  return !isPackage && !isSamePart && !allowedParts[partOf(from)]?.includes(partOf(to));
}

function sources(): { readonly path: string; readonly text: string }[] {
  const folder = join(root, 'src');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }));
}

test('every import goes in an allowed direction', () => {
  const imports = sources().flatMap(({ path, text }) => importsOf(path, text));
  assert.ok(imports.length > 100, 'the scan finds the imports');
  assert.deepEqual(imports.filter(isForbidden), []);
});

test('the check of directions finds a wrong one', () => {
  const wrong = [
    ['sequence/counter.ts', "import { readFileSync } from 'node:fs';"],
    ['progress/record.ts', "import { x } from '../host/log.js';"],
    ['server/bind.ts', "import { x } from '../progress/store.js';"],
    ['host/log.ts', "const late = await import('../commands/serve.js');"],
  ] as const;
  for (const [path, text] of wrong) {
    assert.equal(importsOf(path, text).filter(isForbidden).length, 1, path);
  }
});

test('only main exits', () => {
  const exiting = sources().filter(({ text }) => /process\.(exit|abort|reallyExit)\(/.test(text));
  assert.deepEqual(
    exiting.map(({ path }) => path),
    ['main.ts'],
  );
});

test('foreign calls are declared in libc and nowhere else', () => {
  const foreign = sources().filter(({ text }) => /from 'koffi'|\bforeign</.test(text));
  assert.ok(foreign.length > 0);
  assert.deepEqual(
    foreign.map(({ path }) => partOf(path)).filter((part) => part !== 'libc'),
    [],
  );
});
