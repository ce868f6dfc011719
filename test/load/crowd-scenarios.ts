/** Many clients at once, more than there is room for, and clients that go away in every way. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionClient } from '../support/processes/session-client.js';
import { until } from '../support/processes/txnid-process.js';
import type { Crowds, Fates } from './crowd.js';
import { whileServing } from './serving.js';

/** SYNs that found no room are sent again after 1, 3, 7, 15 and 31 seconds. */
const patienceSeconds = 60;
const stoppedMs = 300;
const sessionFlags = (sessionsMax: number) => ['-max-sessions', `${sessionsMax}`];

const nobody: Fates = {
  ...{ waiting: 0, open: 0, served: 0, empty: 0, reset: 0, refused: 0, broken: 0 },
  ...{ numbers: 0, repeated: 0 },
};

export async function oneShotCrowd(crowds: Crowds, clients: number): Promise<string> {
  return await whileServing({}, async ({ port, residentKib }) => {
    const wave = async (): Promise<void> => {
      const coming = await crowds.start('one-shot', port, clients, patienceSeconds);
      assert.deepEqual(coming.fates, { ...nobody, served: clients, numbers: clients });
      await coming.leave('close');
    };
    await wave();
    const beforeKib = residentKib();
    await wave();
    return `resident ${beforeKib} KiB before, ${residentKib()} after`;
  });
}

/** A server that is stopped takes none: what does not fit into its backlog has to come again. */
export async function backlogBurst(crowds: Crowds, clients: number): Promise<string> {
  return await whileServing({}, async ({ port, daemon }) => {
    daemon.process.signal('SIGSTOP');
    let startMs = 0;
    const goOn = sleep(stoppedMs).then(() => {
      startMs = performance.now();
      daemon.process.signal('SIGCONT');
    });
    const coming = crowds.start('one-shot', port, clients, patienceSeconds);
    const [burst] = await Promise.all([coming, goOn]);
    assert.deepEqual(burst.fates, { ...nobody, served: clients, numbers: clients });
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    await burst.leave('close');
    return `all served ${seconds} s after it went on`;
  });
}

export async function idleSessions(crowds: Crowds, clients: number): Promise<string> {
  const values = sessionFlags(clients);
  return await whileServing({ values }, async ({ sessionPort, residentKib, descriptors }) => {
    const before = { kib: residentKib(), descriptors: descriptors() };
    const sessions = await crowds.start('session', sessionPort, clients, patienceSeconds);
    assert.deepEqual(sessions.fates, { ...nobody, open: clients });
    const idleKib = residentKib();
    assert.deepEqual(await sessions.tell('ask'), { ...nobody, open: clients, numbers: clients });
    await sessions.leave('close');
    await until(() => descriptors() === before.descriptors, 'every descriptor is given back');
    const perThousand = Math.round(((idleKib - before.kib) / clients) * 1000);
    return `resident ${before.kib} KiB before, ${idleKib} with them (${perThousand} KiB for 1000)`;
  });
}

/** Over max-sessions: closed without a byte, whoever comes; the others are served as ever. */
export async function sessionFlood(crowds: Crowds, clients: number): Promise<string> {
  const room = Math.floor(clients / 4);
  return await whileServing({ values: sessionFlags(room) }, async ({ sessionPort }) => {
    const sessions = await crowds.start('session', sessionPort, clients, patienceSeconds);
    const { open, waiting, broken, numbers, empty, reset } = sessions.fates;
    assert.deepEqual(
      { open, waiting, broken, numbers },
      { ...{ open: room, waiting: 0 }, broken: 0, numbers: 0 },
    );
    assert.equal(empty + reset, clients - room);
    assert.equal((await sessions.tell('ask')).numbers, room);
    await sessions.leave('reset');
    await until(async () => {
      const next = await SessionClient.open(sessionPort);
      const reply = await next.ask('\x02');
      next.socket.destroy();
      return reply.endsWith('\x03');
    }, 'a place that is free again');
    return `${open} served, ${empty} closed without a byte, ${reset} reset`;
  });
}

/** Machines that lose their power: nothing is heard of them, until their time is over. */
export async function vanishedSessions(crowds: Crowds, clients: number): Promise<string> {
  const values = [...sessionFlags(clients), '-session-timeout', '3'];
  return await whileServing({ values }, async ({ sessionPort, descriptors }) => {
    const before = descriptors();
    const sessions = await crowds.start('session', sessionPort, clients, patienceSeconds);
    const held = descriptors();
    const code = await sessions.leave('vanish');
    if (code === 77) return 'not possible here: it takes CAP_NET_ADMIN';
    assert.ok(held > before, `${held} descriptors, ${before} before`);
    await until(() => descriptors() === before, 'every descriptor is given back');
    return `${held - before} descriptors were held, and given back after the time-out`;
  });
}
