import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScrapeMailbox, textBytesMax } from '../../../src/server/metrics/scrape-mailbox.js';

const clock = (): number => performance.now();

test('who asks gets the text that answers it, whole', () => {
  const mailbox = new ScrapeMailbox();
  const other = new ScrapeMailbox(mailbox.memory);
  for (const text of ['é'.repeat(300), 'short', '']) {
    assert.equal(mailbox.ask(() => other.answer(text), 5000, clock)?.toString(), text);
  }
});

test('who is not answered gives up, and a late answer is not taken for that of the next ask', () => {
  const mailbox = new ScrapeMailbox();
  assert.equal(
    mailbox.ask(() => undefined, 20, clock),
    undefined,
  );
  mailbox.answer('late');
  assert.equal(
    mailbox.ask(() => undefined, 20, clock),
    undefined,
  );
  assert.equal(mailbox.ask(() => mailbox.answer('new'), 20, clock)?.toString(), 'new');
});

test('what was answered is not written over while somebody may read it', () => {
  const mailbox = new ScrapeMailbox();
  const wake = (): void => {
    mailbox.answer('first');
    mailbox.answer('second');
  };
  assert.equal(mailbox.ask(wake, 20, clock)?.toString(), 'first');
});

test('a text that does not fit is refused', () => {
  const mailbox = new ScrapeMailbox();
  const tooLong = 'x'.repeat(textBytesMax + 1);
  const wake = (): void => assert.throws(() => mailbox.answer(tooLong), RangeError);
  assert.equal(mailbox.ask(wake, 20, clock), undefined);
});
