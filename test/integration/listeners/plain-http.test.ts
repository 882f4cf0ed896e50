// HTTP in the clear on an address of TLS: an answer that says so, and not a hang.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { curl } from '../../support/curl.ts';
import { lastHead, parseResponse } from '../../support/http-messages.ts';
import { makeCertificates, startFront } from '../../support/mutual-tls.ts';
import { connectRaw, exchangeRaw } from '../../support/raw-client.ts';

const certificates = makeCertificates({ after });
const routes = [{ path: '/', respond: { body: 'ok' } }];

test("the answer is nginx's 400, and the log says who it was", async (t) => {
  const { gateway, port } = await startFront(t, certificates, { routes });
  const { status, body } = await curl(`http://127.0.0.1:${port}/secret`);
  assert.equal(status, 400);
  const problem = JSON.parse(body);
  assert.equal(problem.detail, 'The plain HTTP request was sent to HTTPS port');
  assert.equal(problem.code, 'plain-http-on-tls-port');
  const line = await gateway.lineWhere(({ code }) => code === 'plain-http-on-tls-port');
  assert.equal(line.address, '127.0.0.1');
  assert.equal(line.reason, 'the client spoke plain HTTP to a TLS address');
});

test('it comes at once, closes the connection, and a body that is still being sent does not swallow it', async (t) => {
  const { port } = await startFront(t, certificates, { routes });
  const text = await exchangeRaw(t, { port }, lastHead('GET /'));
  const { status, headerLines } = parseResponse(text);
  assert.equal(status, 400);
  assert.ok(headerLines.includes('Connection: close'));
  const upload = await connectRaw(t, { port });
  upload.send(lastHead('POST /', 'Content-Length: 10000000'));
  upload.send(Buffer.alloc(1_000_000));
  assert.equal(parseResponse(await upload.closed).status, 400);
  assert.equal(upload.reset, false);
});

test('one letter is enough to tell, and other garbage gets no HTTP', async (t) => {
  const { gateway, port } = await startFront(t, certificates, { routes });
  const letter = await connectRaw(t, { port });
  letter.send('G');
  assert.equal(parseResponse(await letter.until('\r\n\r\n')).status, 400);
  const garbage = await connectRaw(t, { port });
  garbage.send(Buffer.alloc(64));
  // An alert of TLS at the most.
  assert.doesNotMatch(await garbage.closed, /HTTP/);
  assert.equal((await gateway.lineWhere(({ code }) => code === 'handshake-failed')).address, '127.0.0.1');
});

test('TLS on an address of plain HTTP is refused and not a hang', async (t) => {
  const { gateway } = await startFront(t, certificates, { routes, servers: [{ listen: 'localhost:0', routes }] });
  const port = gateway.port(1);
  const { exitCode } = await curl('--insecure', `https://localhost:${port}/`);
  assert.equal(exitCode, 35, "curl's code for a failed handshake");
  assert.equal((await curl(`http://localhost:${port}/`)).body, 'ok');
});
