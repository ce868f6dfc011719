import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeResponse, lineResponse } from '../../../src/server/metrics/http.js';

const date = new Date(0);

test('a response says its length in bytes, and that it is the last', () => {
  const text = encodeResponse(lineResponse(200, 'ök'), { withBody: true, date }).toString();
  assert.equal(
    text,
    'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n' +
      'Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n' +
      'Content-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n\r\nök\n',
  );
});

test('without its body a response keeps its head', () => {
  const response = lineResponse(503, 'why');
  const whole = encodeResponse(response, { withBody: true, date }).toString();
  assert.equal(`${encodeResponse(response, { withBody: false, date })}why\n`, whole);
});

test('who asks by another method is told which there are', () => {
  const text = encodeResponse(lineResponse(405), { withBody: true, date }).toString();
  assert.match(text, /^HTTP\/1\.1 405 Method Not Allowed\r\n(.*\r\n)*Allow: GET, HEAD\r\n/);
});
