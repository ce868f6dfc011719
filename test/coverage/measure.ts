/**
 * `npm run coverage`: runs the tests of `sequence` and `progress` and fails if a branch of these
 * folders is never taken and `unreached.txt` does not say why. Only what runs in the tests' own
 * processes and their children counts: the daemon leaves too fast to leave counts behind.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseExplained } from '../support/fixtures/explained.js';
import { type ScriptCoverage, unreachedTexts } from './v8-coverage.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const measured = ['sequence', 'progress'];

/** The simulation has no source of its own: it tries those of the others. */
const trying = [...measured, 'simulation'];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** What V8 counted in every process of the tests. */
function coverageOfTests(): ScriptCoverage[] {
  const directory = mkdtempSync(join(tmpdir(), 'txnid-coverage-'));
  try {
    const files = trying.flatMap((folder) => filesIn(join(root, 'dist/test', folder), '.test.js'));
    const env = { ...process.env, NODE_V8_COVERAGE: directory };
    const run = spawnSync(process.execPath, ['--test', ...files], { env, encoding: 'utf8' });
    const failed = run.stdout.match(/^not ok .*$/gm) ?? [];
    if (run.status !== 0) throw new Error(`tests fail: ${failed.join(', ')}`);
    const reports = filesIn(directory, '.json').map((file) => readFileSync(file, 'utf8'));
    return reports.flatMap((report) => JSON.parse(report).result as ScriptCoverage[]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One line for each branch that was never taken. */
function unreachedIn(script: string, coverages: readonly ScriptCoverage[]): string[] {
  const url = pathToFileURL(script).href;
  const own = coverages.filter((coverage) => coverage.url === url);
  const path = script.slice(join(root, 'dist/src/').length).replace(/\.js$/, '.ts');
  const source = readFileSync(script, 'utf8');
  return unreachedTexts(source, own).map(({ text, offset }) => {
    const lineStart = source.lastIndexOf('\n', offset) + 1;
    const shown = text.includes('\n') ? `${text.split('\n')[0]} …` : text;
    const before = source.slice(lineStart, offset).trimStart();
    return `${path}: ${before}{${shown}}`.replace(/\s+/g, ' ');
  });
}

const coverages = coverageOfTests();
const scripts = measured.flatMap((folder) => filesIn(join(root, 'dist/src', folder), '.js'));
const unreached = scripts.flatMap((script) => unreachedIn(script, coverages));
const explained = parseExplained(readFileSync(join(root, 'test/coverage/unreached.txt'), 'utf8'));
const unexplained = unreached.filter((name) => !explained.has(name));
const stale = [...explained.keys()].filter((name) => !unreached.includes(name));
for (const name of unexplained) print(`never taken: ${name}`);
for (const name of stale) print(`explained, but it is taken: ${name}`);
print(
  `${scripts.length} scripts, ${unreached.length} branches never taken, ${explained.size} explained`,
);
if (unexplained.length + stale.length > 0) process.exitCode = 1;
