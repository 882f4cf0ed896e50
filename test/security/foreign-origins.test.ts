// Targets that would make a proxy ask somebody else: a URI, an authority, a name in front of an `@`. Where a request goes
// is decided by the route; the client has no say in it (server-side request forgery).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { lastHead, parseResponse, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

test('no target and no host leads to another origin', async (t) => {
  const backend = await createRecordingBackend(t);
  const trap = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const elsewhere = `127.0.0.1:${trap.port}`;
  const targets = [
    ...[
      `http://${elsewhere}/`,
      `https://${elsewhere}/`,
      `HTTP://${elsewhere}/x`,
      `http://${elsewhere}`,
      `//${elsewhere}/x`,
    ],
    ...[`/\\${elsewhere}/x`, `/@${elsewhere}/x`, `@${elsewhere}`, `${elsewhere}`, `http:/${elsewhere}/`],
    ...[
      `http:${elsewhere}`,
      `http:///${elsewhere}/`,
      `http://localhost@${elsewhere}/`,
      `http://${elsewhere}@localhost/`,
    ],
    ...[`http://${elsewhere}#@localhost/`, `http://${elsewhere}?@localhost/`, `http://${elsewhere}\\@localhost/`],
    ...[
      `ftp://${elsewhere}/`,
      `file:///etc/passwd`,
      `unix:/run/docker.sock`,
      `/x?url=http://${elsewhere}/`,
      '*',
      '?',
      '',
    ],
    ...[`/http://${elsewhere}/`, `/%2f%2f${elsewhere}/`, `/..//${elsewhere}/`, `//${elsewhere}`, `///${elsewhere}/x`],
  ];
  for (const target of targets) {
    const { status } = parseResponse(await front.exchange(lastHead(`GET ${target}`)));
    assert.ok([200, 400].includes(status), `${target}: ${status}`);
    assert.equal(trap.connections.length, 0, target);
  }
  const hosts = [
    elsewhere,
    `localhost@${elsewhere}`,
    `${elsewhere}/x`,
    `${elsewhere}#`,
    `[::ffff:127.0.0.1]:${trap.port}`,
  ];
  for (const host of hosts) {
    await front.exchange(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: ${elsewhere}\r\nConnection: close\r\n\r\n`,
    );
    assert.equal(trap.connections.length, 0, host);
  }
});

test('the authority of a URI counts in place of Host, and only the path goes up', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const response = await front.exchange(lastHead('GET http://Metadata.Example:80/a/b?c=d'));
  assert.equal(parseResponse(response).status, 200);
  const [received = ''] = backend.heads;
  assert.match(received, /^GET \/a\/b\?c=d HTTP\/1\.1\r\n/);
  assert.deepEqual(valuesOf(headerLines(received), 'host'), ['Metadata.Example:80']);
});

test('a URI with the name of another server is misdirected, as such a Host would be', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    server: { names: 'localhost' },
    routes: [{ path: '/', upstream: backend.url }],
    servers: [
      {
        listen: '127.0.0.1:0',
        names: 'other.example',
        tls: { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } },
        routes: [{ path: '/', upstream: backend.url }],
      },
    ],
  });
  assert.equal(parseResponse(await front.exchange(lastHead('GET http://other.example/'))).status, 421);
  assert.equal(parseResponse(await front.exchange('GET / HTTP/1.1\r\nHost: other.example\r\n\r\n')).status, 421);
  assert.equal(backend.received, '');
  const own = 'GET http://localhost/ HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n';
  assert.equal(parseResponse(await front.exchange(own)).status, 200);
});

test('nobody gets a tunnel by CONNECT', async (t) => {
  const trap = await createRecordingBackend(t);
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const authority = `127.0.0.1:${trap.port}`;
  for (const target of [authority, 'localhost:443', '/', `http://${authority}/`]) {
    const text = await front.exchange(`CONNECT ${target} HTTP/1.1\r\nHost: ${authority}\r\n\r\nbytes of the tunnel`);
    const { status } = parseResponse(text);
    assert.ok(status === 405 || status === 400, `${target}: ${status}`);
  }
  assert.equal(trap.connections.length, 0);
  assert.equal(backend.connections.length, 0);
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 200);
});
