/** The clients on the page about the protocol do what it says. */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { promisify } from 'node:util';
import { freshDirectory } from '../../support/fixtures/scratch.js';
import { serving, stopAll } from '../one-shot/serving.js';
import { servingSessions, stopAllSessions } from './session-serving.js';

afterEach(() => Promise.all([stopAll(), stopAllSessions()]));

const run = promisify(execFile);
const page = readFileSync(new URL('../../../../config/protocol.md', import.meta.url), 'utf8');
const [oneShotPart = '', sessionPart = ''] = page.split(/^## /m).slice(1);

/** `place`: of several in that language. */
function codeOf(part: string, language: string, place = 0): string {
  return part.split(`\`\`\`${language}\n`)[place + 1]?.split('```')[0] ?? '';
}

/** What a line of the shell says that stands in the page, with another port in it. */
function lineOf(start: string, port: number): string {
  const line = oneShotPart.split('\n').find((one) => one.startsWith(`    $ ${start}`)) ?? '';
  return line.slice('    $ '.length).replace('8963', String(port));
}

function isMissing(command: string, ...values: string[]): boolean {
  return spawnSync(command, values).status !== 0;
}

/** Closes every connection without a byte. */
async function refusing(): Promise<number> {
  return (await serving({ count: 1, allow: ['10.255.255.1'], onRefused: () => undefined })).port;
}

test('the one-shot client in Python', { skip: isMissing('python3', '--version') }, async () => {
  const { port } = await serving({ count: 1 });
  const wordsFor = (at: number) => ['-c', codeOf(oneShotPart, 'python'), '127.0.0.1', `${at}`];
  assert.equal((await run('python3', wordsFor(port))).stdout, '0\n');
  await assert.rejects(run('python3', wordsFor(await refusing())), /closed without a number/);
});

test('the one-shot line for bash', { skip: isMissing('bash', '--version') }, async () => {
  const { port } = await serving({ count: 1 });
  assert.equal((await run('bash', ['-c', lineOf('exec', port)])).stdout, '0\n');
  assert.equal((await run('bash', ['-c', lineOf('exec', await refusing())])).stdout, '');
});

test('the one-shot line for nc', { skip: isMissing('nc', '-h') }, async () => {
  const { port } = await serving({ count: 1 });
  assert.equal((await run('sh', ['-c', lineOf('nc', port)])).stdout, '0\n');
});

test('the client in Python', { skip: isMissing('python3', '--version') }, async () => {
  const { port } = await servingSessions();
  const { stdout } = await run('python3', [
    '-c',
    codeOf(sessionPart, 'python'),
    '127.0.0.1',
    `${port}`,
  ]);
  assert.equal(stdout, '0 1\n2 1001 1000\n');
});

test('the client of names in Python', { skip: isMissing('python3', '--version') }, async () => {
  const wordsFor = (port: number) => [
    '-c',
    codeOf(sessionPart, 'python', 1),
    '127.0.0.1',
    String(port),
  ];
  const { port } = await servingSessions({ names: ['default', 'orders'] });
  assert.equal((await run('python3', wordsFor(port))).stdout, '0 100\n');
  const other = await servingSessions({ names: ['default', 'order'] });
  await assert.rejects(run('python3', wordsFor(other.port)), /no sequence of that name/);
});

test('the client of names in Go', { skip: isMissing('go', 'version') }, async () => {
  const { port } = await servingSessions({ names: ['default', 'orders'] });
  const source = join(freshDirectory(), 'client.go');
  writeFileSync(source, codeOf(sessionPart, 'go', 1));
  const { stdout } = await run('go', ['run', source, `127.0.0.1:${port}`]);
  assert.equal(stdout, '0\n');
});

test('the client in Go', { skip: isMissing('go', 'version') }, async () => {
  const { port } = await servingSessions();
  const source = join(freshDirectory(), 'client.go');
  writeFileSync(source, codeOf(sessionPart, 'go'));
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
