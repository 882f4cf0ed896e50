// Headers by which an upstream speaks of its own connection, or tries to speak of the client's: none may close, keep open
// or reframe what is between the client and the gateway.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { head, nameOf, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const answers: readonly (readonly string[])[] = [
  ['Connection: close'],
  ['Connection: X-Secret', 'X-Secret: secret'],
  ['connection: keep-alive, x-secret', 'X-SECRET: secret', 'Keep-Alive: timeout=1234, max=1'],
  ['Keep-Alive: timeout=1234'],
  ['Upgrade: h2c', 'Connection: Upgrade'],
  ['Upgrade: h2c, websocket'],
  ['Proxy-Authenticate: Basic realm="secret"'],
  ['Proxy-Authentication-Info: secret'],
  ['Proxy-Connection: close'],
  ['TE: trailers', 'Trailer: X-A'],
  ['HTTP2-Settings: AAMAAABk'],
];
const never = /^(?:upgrade|proxy-|te$|trailer|http2-settings|x-secret)/i;

test('the connection to the client does not change by them', async (t) => {
  let index = 0;
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      const lines = answers[index++] ?? [];
      const answer = ['HTTP/1.1 200 OK', 'Content-Length: 2', 'X-Colour: blue', ...lines, '', 'ok'].join('\r\n');
      if (lines.includes('Connection: close')) socket.end(answer);
      else socket.write(answer);
      return undefined;
    },
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (const [at, lines] of answers.entries()) {
    client.send(head('GET /'));
    const response = (await untilResponses(client, at + 1))[at];
    const received = response?.headerLines ?? [];
    const message = lines.join(' | ');
    assert.equal(response?.status, 200, message);
    assert.deepEqual(
      received.filter((line) => never.test(nameOf(line))),
      [],
      message,
    );
    assert.doesNotMatch(received.join('\n'), /1234|secret/, message);
    assert.ok(
      valuesOf(received, 'connection').every((value) => value === 'keep-alive'),
      message,
    );
    assert.deepEqual(valuesOf(received, 'x-colour'), ['blue'], message);
  }
});

test('over HTTP/2 they would be an error of protocol', async (t) => {
  let index = 0;
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      socket.end(['HTTP/1.1 200 OK', 'Content-Length: 2', ...(answers[index++] ?? []), '', 'ok'].join('\r\n'));
      return undefined;
    },
  });
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  for (const lines of answers) {
    const stream = session.request({ ':path': '/' });
    stream.resume();
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve).once('error', reject);
    });
    assert.equal(headers[':status'], 200, lines.join(' | '));
    assert.deepEqual(
      Object.keys(headers).filter((name) => never.test(name) || name === 'connection'),
      [],
    );
  }
});

test('headers that are no HTTP are left out or refused, and split nothing', async (t) => {
  const evil = ['X-A: a\rX-Injected: 1', 'X-A: a\nX-Injected: 1', 'X-A: \x01\x02', 'X-(A): 1', 'X-A: \xfc\xff', 'X-A:'];
  let index = 0;
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      socket.end(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${evil[index++]}\r\n\r\nok`, 'latin1'));
      return undefined;
    },
  });
  const front = await startFront(t, certificates, {
    upstreams: { service1: { servers: [{ url: backend.url, maxFails: 0 }] } },
    routes: [{ path: '/', upstream: 'service1' }],
  });
  const client = await front.connect();
  for (const [at, line] of evil.entries()) {
    client.send(head('POST /', 'Content-Length: 0'));
    const response = (await untilResponses(client, at + 1))[at];
    assert.ok(response?.status === 200 || response?.status === 502, `${JSON.stringify(line)}: ${response?.status}`);
    assert.deepEqual(valuesOf(response.headerLines, 'x-injected'), [], line);
    assert.doesNotMatch(response.headerLines.join(), /[\x00-\x08\x0a-\x1f]/, line);
  }
  const fine = (await untilResponses(client, evil.length)).at(-2);
  assert.deepEqual(valuesOf(fine?.headerLines ?? [], 'x-a'), ['\xfc\xff']);
});

test('a reason phrase of the upstream cannot split the head either', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (text) =>
      text.startsWith('GET /odd')
        ? Buffer.from('HTTP/1.1 200 Gr\xfcn \x07\r\nContent-Length: 2\r\n\r\nok', 'latin1')
        : 'HTTP/1.1 299 Quite Good\r\nContent-Length: 2\r\n\r\nok',
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /'));
  assert.equal((await untilResponses(client, 1))[0]?.statusText, 'Quite Good');
  client.send(head('GET /odd'));
  const odd = (await untilResponses(client, 2))[1];
  assert.ok(odd?.status === 200 || odd?.status === 502);
});
