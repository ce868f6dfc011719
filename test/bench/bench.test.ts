import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from '../support/fixtures/scratch.js';

interface Results {
  readonly tables: readonly {
    readonly title: string;
    readonly rows: readonly { readonly name: string; readonly medians: Record<string, number> }[];
  }[];
}

test('the benchmark runs, no server of it fails a client, and every figure is a number', () => {
  const script = fileURLToPath(new URL('./bench.js', import.meta.url));
  const file = join(freshDirectory(), 'results.json');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, '--smoke', '--json', file],
    // Far longer than it takes: lest a server that does not answer stops the gate.
    { encoding: 'utf8', timeout: 240_000 },
  );
  assert.equal(status, 0, stderr);
  const { tables } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  assert.ok(tables.length >= 18, stdout);
  for (const { title, rows } of tables) {
    assert.match(stdout, new RegExp(`^${title}$`, 'm'));
    assert.ok(rows.length > 0, title);
    for (const { name, medians } of rows) {
      assert.ok(stdout.includes(name), name);
      assert.ok(Object.values(medians).every(Number.isFinite), `${name}: ${stdout}`);
    }
  }
});
