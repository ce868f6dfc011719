/** The clients on the page about the protocol do what it says. */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { promisify } from 'node:util';
import { freshDirectory } from '../support/scratch.js';
import { servingSessions, stopAllSessions } from './session-serving.js';

afterEach(stopAllSessions);

const run = promisify(execFile);
const page = readFileSync(new URL('../../../config/protocol.md', import.meta.url), 'utf8');

function codeOf(language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';
}

function isMissing(command: string, ...values: string[]): boolean {
  return spawnSync(command, values).status !== 0;
}

test('the client in Python', { skip: isMissing('python3', '--version') }, async () => {
  const { port } = await servingSessions();
  const { stdout } = await run('python3', ['-c', codeOf('python'), '127.0.0.1', `${port}`]);
  assert.equal(stdout, '0 1\n2 1001 1000\n');
});

test('the client in Go', { skip: isMissing('go', 'version') }, async () => {
  const { port } = await servingSessions();
  const source = join(freshDirectory(), 'client.go');
  writeFileSync(source, codeOf('go'));
  const { stdout } = await run('go', ['run', source, `127.0.0.1:${port}`]);
  assert.equal(stdout, '0 1 1000 1000\n');
});

const hasShellTools = !isMissing('nc', '-h') && !isMissing('xxd', '-v');

test('the lines for the shell', { skip: !hasShellTools }, async () => {
  const { port } = await servingSessions();
  const line = `printf '\\002\\00710\\002' | nc -N 127.0.0.1 ${port} | xxd -p`;
  const { stdout } = await run('sh', ['-c', line]);
  assert.equal(stdout, `${Buffer.from('0\x03\x071+1*10\x03').toString('hex')}\n`);
});
