/** `-log syslog`, as a host with a syslog daemon sees it. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { OwnSyslog, timeZoneAheadMs } from '../support/processes/own-syslog.js';
import { faultsOf } from '../support/processes/refusal.js';
import { runTxnid, until } from '../support/processes/txnid-process.js';
import { jailKinds, needsRoot, newPlace } from './place.js';

// The tests' own zone would come before the one of the host.
const environment = { TZ: undefined };

for (const kind of jailKinds) {
  test(`in the jail ${kind}: lines reach syslog, in the time of the host`, needsRoot, async (t) => {
    const syslog = new OwnSyslog();
    t.after(() => syslog.close());
    const place = await newPlace(kind);
    const values = [...place.values, '-log', 'syslog'];
    const { wrapper } = syslog;
    const daemon = await Daemon.start({ ...place, values }, { wrapper, environment });
    const lines = syslog.read();
    const begun = `a new instance begins at 1 in ${place.confdir}`;
    assert.deepEqual(
      lines.map((one) => one.replace(/^(<\d+>).*?: /, '$1')),
      [`<29>${begun}`],
    );
    daemon.process.signal('SIGUSR1');
    await until(() => lines.push(...syslog.read()) > 1, 'a line of status');
    const [, line = ''] = lines;
    const [, pid, text] = /^<29>.{15} txnid\[(\d+)\]: (.*)$/.exec(line) ?? [];
    assert.equal(Number(pid), daemon.process.pid);
    assert.match(text ?? '', /^next \d+, reserved below \d+/);
    assertTimeThere(line);
    const { code, stderr } = await daemon.stop();
    // What nobody may miss is told there too.
    assert.deepEqual([code, stderr], [0, `txnid: ${begun}\n`]);
    assert.match(syslog.read().join('\n'), /^<29>.*: stopped, next \d+$/);
  });
}

/** The beginning of a line in the time zone of its host. */
function assertTimeThere(line: string): void {
  const time = /^<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) /.exec(line)?.[1];
  const there = new Date(Date.now() + timeZoneAheadMs);
  const behindMs = there.getTime() - Date.parse(`${time} ${there.getUTCFullYear()} UTC`);
  assert.ok(behindMs >= 0 && behindMs < 600_000, `${line} is ${behindMs} ms off`);
}

test('a jail has the time zone of the host, whoever asks for it first', needsRoot, async (t) => {
  const syslog = new OwnSyslog();
  t.after(() => syslog.close());
  const code = `
    import posix from 'posix';
    import { Syslog } from '${new URL('../../src/host/syslog.js', import.meta.url)}';
    const syslog = new Syslog();
    syslog.connect();
    posix.chroot('${freshDirectory()}');
    syslog.send('info', 'from the jail');`;
  const ended = await runTxnid(['-e', code], {
    wrapper: syslog.wrapper,
    environment,
    script: '--input-type=module',
    // Where posix is found from.
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  assert.equal(ended.code, 0, ended.stderr);
  const [line = ''] = syslog.read();
  assert.match(line, /from the jail$/);
  assertTimeThere(line);
});

test(
  'a syslog daemon that does not read stops neither numbers nor the end',
  needsRoot,
  async (t) => {
    const syslog = new OwnSyslog();
    t.after(() => syslog.close());
    const instance = await newInstance('-log', 'syslog', '-v', '-increment', '32767');
    const daemon = await Daemon.start(instance, { wrapper: syslog.wrapper });
    assert.equal((await askNumbers(instance.port, 200)).length, 200);
    daemon.process.signal('SIGUSR1');
    assert.equal((await daemon.stop()).code, 0);
    // More than the kernel keeps for who does not read.
    const said = daemon.process.stdout.split('\n').length;
    assert.ok(syslog.read().length < said, `${said} lines`);
  },
);

for (const values of [['-log', 'syslog'], ['-daemon']]) {
  test(
    `${values[0]}: a refused start is told once to the operator and once to syslog`,
    needsRoot,
    async (t) => {
      const syslog = new OwnSyslog();
      t.after(() => syslog.close());
      const instance = await newInstance(...values);
      const taken = createServer().listen(instance.port, '127.0.0.1');
      t.after(() => taken.close());
      const ended = await runTxnid(instance.values, { wrapper: syslog.wrapper });
      assert.equal(ended.code, 255);
      const [fault = '', ...others] = faultsOf(ended);
      assert.match(fault, /^txnid: .*address already in use: /);
      assert.deepEqual(others, []);
      const errors = syslog.read().filter((line) => line.startsWith('<27>'));
      assert.deepEqual(
        errors.map((line) => line.replace(/^.*?\]: /, 'txnid: ')),
        [fault],
      );
    },
  );
}
