import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../../src/host/log.js';
import { DatagramReceiver } from '../libc/datagram-receiver.js';
import { onTerminal, shellLine } from '../support/processes/terminal.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-log-'));
after(() => rmSync(directory, { recursive: true }));

const module = new URL('../../src/host/log.js', import.meta.url);
/** Runs a few lines of a script in which `log` is an open log. */
function run(options: object, script: string, syslogName = '/nowhere') {
  const child = spawnSync(process.execPath, wordsOf(options, script, syslogName), {
    encoding: 'utf8',
  });
  assert.equal(child.status, 0, child.stderr);
  return child;
}

function wordsOf(options: object, script: string, syslogName = '/nowhere'): string[] {
  const whole = `
    import { openLog } from '${module}';
    const log = await openLog(${JSON.stringify(options)}, '${syslogName}');
    ${script}`;
  return ['--input-type=module', '-e', whole];
}

const everything = `
  log.fault({ what: 'It broke', remedy: 'mend it' });
  log.warning({ what: 'It may break', remedy: 'look at it' });
  log.notice({ line: 'next 100%s' });
  log.verbose('reserved');`;

test('faults, warnings and notices go to standard error, and nothing to standard output', () => {
  const { stdout, stderr } = run({ target: 'stderr', verbose: false }, everything);
  assert.equal(
    stderr,
    'txnid: It broke: mend it\ntxnid: It may break: look at it\ntxnid: next 100%s\n',
  );
  assert.equal(stdout, '');
});

test('verbose lines go to standard output as they are', () => {
  const { stdout } = run({ target: 'stderr', verbose: true }, everything);
  assert.equal(stdout, 'reserved\n');
});

test('syslog gets each line at its priority and in the same words, percent signs and all', () => {
  const name = join(directory, 'syslog');
  const daemon = new DatagramReceiver(name);
  const { stdout, stderr } = run({ target: 'syslog', verbose: true }, everything, name);
  for (const said of [
    /^<27>.*: It broke: mend it$/,
    /^<28>.*: It may break: look at it$/,
    /^<29>.*: next 100%s$/,
    /^<30>.*: reserved$/,
  ]) {
    assert.match(daemon.receive(), said);
  }
  daemon.close();
  assert.deepEqual([stdout, stderr], ['reserved\n', '']);
});

test('what nobody may miss is told on standard error too, and once', () => {
  const name = join(directory, 'announced');
  const daemon = new DatagramReceiver(name);
  const script = `log.announce({ line: 'it begins' });`;
  const { stdout, stderr } = run({ target: 'syslog', verbose: false }, script, name);
  assert.match(daemon.receive(), /^<29>.*: it begins$/);
  daemon.close();
  assert.deepEqual([stdout, stderr], ['', 'txnid: it begins\n']);
  const alone = run({ target: 'stderr', verbose: false }, script);
  assert.equal(alone.stderr, 'txnid: it begins\n');
});

test('where there is no syslog, that is told on standard error, and nothing fails', () => {
  const name = join(directory, 'nobody');
  const { stderr } = run({ target: 'syslog', verbose: false }, everything, name);
  assert.match(stderr, /^txnid: Cannot reach syslog at .*nobody: no such file .*: start a .*\n$/);
});

test('one event is one line, whatever its message contains', () => {
  const forged = `x\ntxnid: all is well\r\u0000\u001b[2J\u0085\u2028`;
  assert.equal(oneLine(forged), 'x\\x0atxnid: all is well\\x0d\\x00\\x1b[2J\\x85\\u2028');
  const { stderr } = run({ target: 'stderr', verbose: false }, `log.notice({ line: 'a\\nb' });`);
  assert.equal(stderr, 'txnid: a\\x0ab\n');
});

test('an endless message is cut', () => {
  assert.equal(oneLine('x'.repeat(1_000_000)).length, 1001);
  assert.equal(oneLine('x'.repeat(1000)), 'x'.repeat(1000));
});

test('a log that nobody reads any more stops nothing', () => {
  const script = `
    import { closeSync } from 'node:fs';
    import { leaveAtOnce } from '${new URL('../../src/host/leave.js', import.meta.url)}';
    leaveAtOnce();
    closeSync(2);
    log.notice({ line: 'lost' });`;
  run({ target: 'stderr', verbose: false }, script);
});

/** Writes more than any reader leaves room for, then whether standard error blocks, into a file. */
const chatter = (result: string) => `
  import { readFileSync, writeFileSync } from 'node:fs';
  for (let line = 0; line < 1000; line++) {
    log.notice({ line: 'x'.repeat(900) });
    log.verbose('x'.repeat(901));
  }
  const flags = /flags:\\s+(\\d+)/.exec(readFileSync('/proc/self/fdinfo/2', 'utf8'))[1];
  writeFileSync('${result}', (Number.parseInt(flags, 8) & 0o4000) === 0 ? 'blocks' : 'fails');`;

/** How the words of a command are run so that nobody reads what it says. */
const unread: Readonly<Record<string, (words: string[]) => string[]>> = {
  'a socket': (words) => words,
  'a pipe': (words) => ['sh', '-c', '"$@" 2>&1 | sleep 60', 'sh', ...words],
  'a terminal': (words) => {
    const [file, args] = onTerminal(`kill -STOP $PPID; exec ${shellLine(words)}`);
    return [file, ...args];
  },
};

/** Ends a group of processes, most of which have ended by themselves. */
function end(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // All of them have.
  }
}

for (const [what, wrap] of Object.entries(unread)) {
  test(`${what} that nobody reads stops nothing, and is left as it was`, async () => {
    const result = join(directory, `result of ${what}`);
    const script = chatter(result);
    const words = wordsOf({ target: 'stderr', verbose: true }, script);
    const [command = '', ...rest] = wrap([process.execPath, ...words]);
    // In a group of its own, which is ended as a whole. Node's pipes to it are sockets.
    const child = spawn(command, rest, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (let wait = 0; wait < 1000 && !existsSync(result); wait++) await sleep(20);
    end(child.pid);
    assert.equal(readFileSync(result, 'utf8'), 'blocks');
  });
}
