import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { oneLine } from '../../src/host/log.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-log-'));
after(() => rmSync(directory, { recursive: true }));

const module = new URL('../../src/host/log.js', import.meta.url);
const { LOG_PID, LOG_NDELAY, LOG_DAEMON, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO } = {
  LOG_PID: 1,
  LOG_NDELAY: 8,
  LOG_DAEMON: 24,
  LOG_ERR: 3,
  LOG_WARNING: 4,
  LOG_NOTICE: 5,
  LOG_INFO: 6,
};

/** Runs a few lines of a script in which `log` is an open log. */
function run(options: object, script: string, environment: NodeJS.ProcessEnv = {}) {
  const whole = `
    import { openLog, printError } from '${module}';
    const log = await openLog(${JSON.stringify(options)});
    ${script}`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', whole], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  assert.equal(child.status, 0, child.stderr);
  return child;
}

const everything = `
  log.fault({ what: 'It broke', remedy: 'mend it' });
  log.warning({ what: 'It may break', remedy: 'look at it' });
  log.notice('next 100%s');
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
  const library = join(directory, 'syslog-capture.so');
  const source = fileURLToPath(new URL('../../../test/host/syslog-capture.c', import.meta.url));
  execFileSync('gcc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source]);
  const capture = join(directory, 'captured');
  const { stdout, stderr } = run({ target: 'syslog', verbose: true }, everything, {
    LD_PRELOAD: library,
    SYSLOG_CAPTURE: capture,
  });
  assert.deepEqual(readFileSync(capture, 'utf8').split('\n'), [
    `open txnid ${LOG_PID | LOG_NDELAY} ${LOG_DAEMON}`,
    `${LOG_ERR} It broke: mend it`,
    `${LOG_WARNING} It may break: look at it`,
    `${LOG_NOTICE} next 100%s`,
    `${LOG_INFO} reserved`,
    '',
  ]);
  assert.deepEqual([stdout, stderr], ['reserved\n', '']);
});

test('one event is one line, whatever its message contains', () => {
  const forged = `x\ntxnid: all is well\r\u0000\u001b[2J\u0085\u2028`;
  assert.equal(oneLine(forged), 'x\\x0atxnid: all is well\\x0d\\x00\\x1b[2J\\x85\\u2028');
  const { stderr } = run({ target: 'stderr', verbose: false }, `log.notice('a\\nb');`);
  assert.equal(stderr, 'txnid: a\\x0ab\n');
});

test('an endless message is cut', () => {
  assert.equal(oneLine('x'.repeat(1_000_000)).length, 1001);
  assert.equal(oneLine('x'.repeat(1000)), 'x'.repeat(1000));
});

test('a log that nobody reads any more stops nothing', () => {
  const script = `
    import { closeSync } from 'node:fs';
    closeSync(2);
    log.notice('lost');`;
  run({ target: 'stderr', verbose: false }, script);
});
