import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misplaced, missing, unusable } from '../../../src/progress/file/unusable.js';

const path = '/etc/txnidserver/txnid.dat';
const wayOut =
  'put back the right file, or run "txnid advance N" with an N above every number handed out so far';

test('every refusal says what to do', () => {
  const cause = new Error('ELOOP');
  const link = misplaced(path, 'is a symbolic link', cause);
  const lines = [unusable(path, 'is empty'), missing(path), link].map(({ code, message }) => {
    assert.equal(code, 'state');
    return message;
  });
  assert.deepEqual(lines, [
    `Cannot use the progress file: ${path} is empty: ${wayOut}`,
    `Cannot use the progress file: ${path} is missing, although the audit trail knows of it: ${wayOut}`,
    `Cannot use the progress file: ${path} is a symbolic link: move it away, then ${wayOut}`,
  ]);
  assert.equal(link.cause, cause);
});
