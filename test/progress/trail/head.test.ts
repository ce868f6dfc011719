import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainStart, encodeEvent, hashLine } from '../../../src/progress/trail/event.js';
import { isHeadKnown } from '../../../src/progress/trail/head.js';
import { entryOf } from '../../support/fixtures/progress-fixture.js';

/** The head after each of so many events, and the trail's bytes. */
function trailOf(count: number) {
  const heads = [chainStart];
  let text = '';
  for (let generation = 1; generation <= count; generation++) {
    const line = encodeEvent({ ...entryOf({ generation }), previous: heads.at(-1) ?? '' });
    text += line;
    heads.push(hashLine(line.trimEnd()));
  }
  return { heads, head: heads.at(-1) ?? '', bytes: Buffer.from(text) };
}

test('a head of any length of the trail is known, and one that is not known tells nothing', () => {
  const { heads, head, bytes } = trailOf(4);
  for (const one of [undefined, ...heads]) assert.equal(isHeadKnown(one, head, bytes), true);
});

test('a head that a shorter trail does not reach is not known', () => {
  const { heads } = trailOf(4);
  for (const kept of [0, 1, 2, 3]) {
    const { head, bytes } = trailOf(kept);
    for (const later of heads.slice(kept + 1)) {
      assert.equal(isHeadKnown(later, head, bytes), false, `${kept} lines`);
    }
  }
});
