import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRecord, newestRecord } from '../../../src/progress/file/content.js';
import { encodeRecord, slotBytes } from '../../../src/progress/file/record.js';
import { recordOf } from '../../support/fixtures/progress-fixture.js';

const bytes = Buffer.concat([
  encodeRecord(recordOf({ generation: 4 })),
  encodeRecord(recordOf({ generation: 5 })),
]);

function reasonFor(content: Uint8Array): string | undefined {
  const choosing = chooseRecord(content);
  return 'unusable' in choosing ? choosing.unusable : undefined;
}

test('a file of exactly two slots is read', () => {
  assert.equal(reasonFor(bytes), undefined);
});

test('a file of any other length is unusable, whatever it holds', () => {
  assert.equal(reasonFor(Buffer.alloc(0)), 'is empty');
  for (const length of [1, 511, 512, 4095, 4096, 4097, 8191]) {
    assert.equal(reasonFor(bytes.subarray(0, length)), 'is truncated', `${length} bytes`);
  }
  assert.match(reasonFor(Buffer.concat([bytes, Buffer.from('\n')])) ?? '', /^is larger/);
});

test('the newest record is known of a file that cannot be used too', () => {
  const [first, second] = [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)];
  const files: [Uint8Array, number | undefined][] = [
    [bytes, 5],
    [Buffer.concat([second, first, Buffer.from('\n')]), 5],
    [first, 4],
    [Buffer.concat([Buffer.alloc(slotBytes), second]), 5],
    [bytes.subarray(0, 100), undefined],
    [Buffer.alloc(0), undefined],
  ];
  for (const [content, generation] of files) {
    assert.equal(newestRecord(content)?.generation, generation);
  }
});
