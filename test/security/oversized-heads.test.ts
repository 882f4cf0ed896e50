// Request heads that grow until something gives: too many fields, behind which a Content-Length hides from a parser that
// stops counting (CVE-2026-58044), fields that are too long, and heads that never end.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const fields = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index % 10}:1`);

test('more fields than allowed are refused, with whatever stands behind them', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const smuggled = head('GET /smuggled');
  const attack = head('POST /', ...fields(2500), `Content-Length: ${smuggled.length}`) + smuggled;
  assert.equal(parseResponse(await front.exchange(attack)).status, 431);
  assert.equal(backend.received, '');
  const line = await front.gateway.lineWhere(({ code }) => code === 'head-too-large');
  assert.equal(line.address, '127.0.0.1');

  assert.equal(parseResponse(await front.exchange(lastHead('GET /', ...fields(900)))).status, 200);
  assert.equal(backend.heads[0]?.match(/^a\d: 1$/gm)?.length, 900);
});

test('the number of fields is the configured one', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { maxHeaders: 20 },
    routes: [{ path: '/', upstream: backend.url }],
  });
  // Host and Connection count.
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', ...fields(18)))).status, 200);
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', ...fields(30)))).status, 431);
  assert.equal(backend.heads.length, 1);
});

test('a head of more bytes than allowed is refused', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { maxHeadBytes: '16k' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const long = 'x'.repeat(17_000);
  const attacks = [
    head('GET /', `X-Long: ${long}`),
    head('GET /', `${long}: 1`),
    head('GET /', `Cookie: ${long}`),
    head(`GET /${long}`),
    head(`GET /?${long}`),
    head('GET /', ...Array.from({ length: 20 }, (_, index) => `X-${index}: ${'y'.repeat(900)}`)),
  ];
  for (const attack of attacks) {
    assert.equal(parseResponse(await front.exchange(attack)).status, 431, attack.slice(0, 20));
  }
  assert.equal(backend.received, '');

  const longest = 'x'.repeat(15_000);
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', `X-Long: ${longest}`))).status, 200);
  assert.equal(parseResponse(await front.exchange(lastHead(`GET /?${longest}`))).status, 200);
});

test('by default heads may be as large as nginx takes them, and no larger', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', `X-Long: ${'x'.repeat(31_000)}`))).status, 200);
  assert.equal(parseResponse(await front.exchange(lastHead('GET /', `X-Long: ${'x'.repeat(33_000)}`))).status, 431);
});

test('a head that never ends is cut off after what is allowed', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  for (const beginning of ['', 'GET /', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ', 'POST / HTTP/1.1\r\nX']) {
    const client = await front.connect();
    client.send(beginning);
    // One write after the other until the other side has had enough.
    const feed = (): void => {
      if (client.socket.writable) client.socket.write('A'.repeat(4096), feed);
    };
    feed();
    const text = await client.closed;
    if (text !== '') assert.ok([400, 431].includes(parseResponse(text).status), beginning);
    assert.ok(client.socket.bytesWritten < 8_000_000, `${client.socket.bytesWritten} bytes were taken`);
  }
  assert.equal(backend.received, '');
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 200);
});
