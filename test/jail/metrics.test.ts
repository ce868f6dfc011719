/** The metrics port in both kinds of jail. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Daemon } from '../support/processes/daemon.js';
import { get, samplesIn } from '../support/processes/http-client.js';
import { askNumbers, freePort } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { jailKinds, needsRoot, newPlace, threadPlaces, threadStatuses } from './place.js';

for (const kind of jailKinds) {
  test(
    `in the jail ${kind}: metrics and health are told, and nothing is given back`,
    needsRoot,
    async () => {
      const place = await newPlace(kind);
      const metricsPort = await freePort();
      const values = [
        '-metrics-port',
        `${metricsPort}`,
        '-increment',
        '32767',
        '-seccomp',
        'required',
      ];
      const daemon = await Daemon.start({ ...place, values: [...place.values, ...values] });
      await askNumbers(place.port, 30);
      for (let round = 0; round < 3; round++) {
        const { status, body } = await get(metricsPort, '/metrics');
        assert.equal(status, 200);
        assert.equal(samplesIn(body).get('txnid_numbers_total{port="one_shot"}'), 31);
        assert.equal((await get(metricsPort, '/healthz')).body, 'ok\n');
        assert.equal((await get(metricsPort, '/etc/passwd')).status, 404);
      }
      for (const status of threadStatuses(daemon.process.pid)) {
        assert.equal(status.get('Seccomp'), '2', status.get('Name'));
        assert.equal(status.get('Uid'), Array(4).fill(place.uid).join('\t'));
      }
      assert.deepEqual(threadPlaces(daemon.process.pid), [place.jail]);
      const ended = await daemon.stop();
      assert.equal(ended.code, 0);
      assert.deepEqual(faultsOf(ended), []);
    },
  );
}
