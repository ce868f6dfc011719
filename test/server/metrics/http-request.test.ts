import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  headBytesMax,
  type RequestReading,
  readRequest,
} from '../../../src/server/metrics/http.js';
import { Seeded } from '../../support/fixtures/seeded.js';

const read = (text: string): RequestReading => readRequest(Buffer.from(text, 'latin1'));
const host = 'Host: 127.0.0.1:9100\r\n';

const requests = [
  ['a scrape', `GET /metrics HTTP/1.1\r\n${host}Accept: */*\r\n\r\n`, 'GET', '/metrics'],
  ['a head', `HEAD /healthz HTTP/1.1\r\n${host}\r\n`, 'HEAD', '/healthz'],
  ['an older version without a host', 'GET /metrics HTTP/1.0\r\n\r\n', 'GET', '/metrics'],
  ['lines without carriage returns', `GET / HTTP/1.1\nHost: x\n\n`, 'GET', '/'],
  ['a query', `GET /metrics?name[]=x HTTP/1.1\r\n${host}\r\n`, 'GET', '/metrics'],
  ['a whole address', `GET http://localhost:1/healthz HTTP/1.1\r\n${host}\r\n`, 'GET', '/healthz'],
  ['an empty body', `GET / HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`, 'GET', '/'],
  ['bytes behind the head', `GET / HTTP/1.1\r\n${host}\r\nGET /x`, 'GET', '/'],
] as const;

for (const [what, text, method, path] of requests) {
  test(`${what} is a request, as soon as its head is there and not before`, () => {
    assert.deepEqual(read(text), { kind: 'request', method, path });
    const headLength = text.search(/\r?\n\r?\n/) + 1;
    for (let length = 0; length <= headLength; length++) {
      assert.deepEqual(read(text.slice(0, length)), { kind: 'unfinished' });
    }
  });
}

const refusals = [
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['no version', 'GET /\r\n\r\n', 400],
  ['a space too many', `GET  / HTTP/1.1\r\n${host}\r\n`, 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`, 400],
  ['a body', `GET / HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\n`, 400],
  ['a body in chunks', `GET / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`, 400],
  ['a field without a colon', `GET / HTTP/1.1\r\n${host}what\r\n\r\n`, 400],
  ['a space before the colon', `GET / HTTP/1.1\r\n${host}X : y\r\n\r\n`, 400],
  ['a folded field', `GET / HTTP/1.1\r\n${host}X: y\r\n z\r\n\r\n`, 400],
  ['a NUL', `GET / HTTP/1.1\r\n${host}X: \0\r\n\r\n`, 400],
  ['a carriage return in a value', `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`, 400],
  ['a path that is none', `GET metrics HTTP/1.1\r\n${host}\r\n`, 400],
  ['another method', `DELETE /metrics HTTP/1.1\r\n${host}\r\n`, 405],
  ['a post with its body', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\nx`, 405],
  ['another version', `GET / HTTP/2.0\r\n${host}\r\n`, 505],
  ['too many fields', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(65)}\r\n`, 431],
  ['a head that is too large', `GET / HTTP/1.1\r\nX: ${'y'.repeat(headBytesMax)}`, 431],
  ['a line that never ends', 'G'.repeat(headBytesMax + 1), 431],
] as const;

for (const [what, text, status] of refusals) {
  test(`${what} is refused with ${status}`, () => {
    assert.deepEqual(read(text), { kind: 'refused', status });
  });
}

test('a head of the largest size is read', () => {
  const start = `GET / HTTP/1.1\r\n${host}X: `;
  const text = `${start}${'y'.repeat(headBytesMax - start.length - 4)}\r\n\r\n`;
  assert.equal(text.length, headBytesMax);
  assert.equal(read(text).kind, 'request');
});

test('whatever comes, it is read to one end, and that is bounded', (t) => {
  const random = new Seeded();
  t.diagnostic(`TXNID_TEST_SEED=${random.seed}`);
  const parts = ['GET', ' ', '/', 'HTTP/1.1', '\r\n', '\n', 'Host:', ':', 'x', '\0', '\xff', '\r'];
  for (let round = 0; round < 3000; round++) {
    const words = Array.from({ length: random.below(40) }, () => parts[random.below(parts.length)]);
    const { kind } = read(words.join(''));
    assert.match(kind, /^(unfinished|request|refused)$/);
    assert.notEqual(read(words.join('') + 'x'.repeat(headBytesMax + 1)).kind, 'unfinished');
  }
});
