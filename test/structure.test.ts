/**
 * The house rules that a machine can hold. Cycles and the sizes of files and functions are Biome's to
 * hold, dead exports and files knip's (`npm run lint`, `npm run dead`); here are the import
 * directions: what is pure stays pure, no folder imports one that imports it, and only `service`,
 * `commands` and the package entry compose.
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
  'ip-address.ts': [],
  'system-error.ts': ['error-code.ts'],
  'native-module.ts': ['errors.ts', 'error-code.ts'],
  sequence: [],
  libc: ['errors.ts', 'error-code.ts', 'ip-address.ts'],
  settings: ['errors.ts', 'ip-address.ts', 'sequence'],
  progress: ['errors.ts', 'error-code.ts', 'system-error.ts', 'sequence'],
  server: ['errors.ts', 'error-code.ts', 'system-error.ts', 'ip-address.ts', 'sequence', 'libc'],
  host: ['errors.ts', 'error-code.ts', 'system-error.ts', 'libc'],
  client: ['sequence'],
  cli: ['errors.ts', 'settings'],
  bench: ['errors.ts', 'sequence', 'libc', 'cli'],
  documents: ['errors.ts', 'settings', 'cli'],
  service: [
    'errors.ts',
    'ip-address.ts',
    'error-code.ts',
    'native-module.ts',
    'sequence',
    'settings',
    'progress',
    'server',
    'host',
    'cli',
  ],
  commands: [
    'errors.ts',
    'ip-address.ts',
    'error-code.ts',
    'system-error.ts',
    'sequence',
    'settings',
    'progress',
    'server',
    'host',
    'client',
    'bench',
    'cli',
    'service',
  ],
  'index.ts': ['errors.ts', 'sequence', 'progress', 'host'],
  'program.ts': ['errors.ts', 'native-module.ts', 'settings', 'host', 'cli', 'commands', 'service'],
  'main.ts': ['program.ts', 'service'],
};

/** What has no I/O of its own: decisions that can be checked without a disk, a clock or a network. */
const pure =
  /^(sequence|settings)\/|^(errors|error-code|ip-address)\.ts$|^progress\/(plan|knowledge|reservation)\.ts$|^progress\/file\/(record|choice|content|unusable|file)\.ts$|^progress\/trail\/(event|head|knowledge)\.ts$|^client\/(reply-reader|question)\.ts$|^server\/metrics\/http\.ts$|^server\/refusals\/|^server\/shared\/tally\.ts$|^server\/session\/(requests|waiting)\.ts$|^bench\/(reply-scanner|number-check|latencies|pace|conversation)\.ts$/;
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

/** The folders that each folder imports, however deep they are; `src` itself holds what all share. */
function foldersOf(imports: readonly Import[]): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [one, other] = [dirname(from), dirname(to)];
    if (!to.endsWith('.ts') || one === other || one === '.' || other === '.') continue;
    folders.set(one, (folders.get(one) ?? new Set()).add(other));
  }
  return folders;
}

function reachedFrom(folders: Map<string, Set<string>>, start: string): Set<string> {
  const reached = new Set<string>();
  const visit = (folder: string): void => {
    for (const next of folders.get(folder) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      visit(next);
    }
  };
  visit(start);
  return reached;
}

test('no folder imports one that imports it, however indirectly', () => {
  const folders = foldersOf(sources().flatMap(({ path, text }) => importsOf(path, text)));
  assert.ok(folders.size > 10);
  const round = [...folders.keys()].filter((folder) => reachedFrom(folders, folder).has(folder));
  assert.deepEqual(round, []);
  const wrong = foldersOf([
    { from: 'a/b/one.ts', to: 'a/two.ts' },
    { from: 'a/two.ts', to: 'a/b/three.ts' },
  ]);
  assert.ok(reachedFrom(wrong, 'a').has('a'), 'and one would be found');
});

test('the check of directions finds a wrong one', () => {
  const wrong = [
    ['sequence/counter.ts', "import { readFileSync } from 'node:fs';"],
    ['progress/file/record.ts', "import { x } from '../../host/log.js';"],
    ['server/threads/bind.ts', "import { x } from '../../progress/store.js';"],
    ['host/log.ts', "const late = await import('../service/service.js');"],
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
