// Paths that the gateway could read as one route and the program behind it as another: `/./admin` passes for `/` here
// and is served as `/admin` there. Whatever the spelling, no way round the guard may lead to the backend.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse, untilResponses } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const detours: readonly string[] = [
  ...['/./admin', '/%2e/admin', '/%2E/admin/x', '/.%2fadmin', '/././admin', '/x/../admin', '/x/%2e%2e/admin'],
  ...['/x/.%2e/admin', '/x/%2e./admin', '/x%2f..%2fadmin', '/x/..%2fadmin', '/x/..%5cadmin', '/x\\..\\admin'],
  ...['/x/..;/admin', '/x/..;a=1/admin', '/;/admin', '/;a=1/admin', '/admin;a=1', '/admin;/x', '/.;/admin'],
  ...['//admin', '///admin', '//x//../admin', '/x//../../admin', '//x/admin', '//localhost/admin', '/%2fadmin'],
  ...['/\\admin', '/%5cadmin', '/%5Cadmin/x', '\\admin', '/\\/admin', '/\\x/admin'],
  ...['/%61dmin', '/a%64min', '/%61%64%6d%69%6e', '/%2561dmin', '/%252e/admin', '/x/%252e%252e/admin', '/%252fadmin'],
  ...['/ADMIN', '/Admin/x', '/aDmin', '/%41dmin', '/admin%2f..', '/admin%2f../x', '/admin/../admin', '/admin/.'],
  ...['/admin#', '/#/../admin', '/x#/admin', '/admin%23', '/admin%3f', '/admin%00', '/admin%0a', '/admin%0d%0a'],
  ...['/%c0%ae/admin', '/x/%c0%ae%c0%ae/admin', '/%c0%afadmin', '/%e0%80%afadmin'],
  ...['/admin%20', '/admin%09', '/%09admin', '/ad%09min', '/admin%', '/%zz/admin', '/admin%2', '/x/../../admin'],
  ...['http://localhost/admin', 'http://localhost/./admin', 'HTTP://localhost//admin', 'http://localhost\\admin'],
];

/** With every byte kept. */
const honest: readonly string[] = [
  ...[
    '/',
    '/x',
    '/x/admin',
    '/x/./y',
    '/a/../b',
    '/a//b',
    '/a%2fb',
    '/a%20b',
    '/%41bc',
    '/a;v=1/b',
    '/adm',
    '/x?/../admin',
  ],
  ...['/x?a=%2e%2e%2fadmin', '/M%C3%BCnchen', '/a+b,c=d&e@f:g!$()*', "/it's", '/~user/', '/x?', '/x??a'],
];

const routesTo = (upstream: string): object[] => [
  { path: '/', upstream },
  { path: '/admin', allow: [{ commonName: 'admin' }], upstream },
];

test('a client who is not the administrator finds no way round the guard', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: routesTo(backend.url) });
  for (const path of detours) {
    const { status, body } = parseResponse(await front.exchange(lastHead(`GET ${path}`)));
    assert.ok(status === 400 || status === 403, `${path}: ${status} ${body}`);
    assert.equal(backend.received, '', path);
  }
});

test('what has one meaning is forwarded byte for byte', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: routesTo(backend.url) });
  const client = await front.connect();
  for (const [index, path] of honest.entries()) {
    client.send(head(`GET ${path}`));
    const responses = await untilResponses(client, index + 1);
    assert.equal(responses.at(-1)?.status, 200, path);
    assert.equal(backend.heads.at(-1)?.split('\r\n')[0], `GET ${path} HTTP/1.1`);
  }
});

test('the administrator is let in, and others are told so', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: routesTo(backend.url) });
  for (const path of ['/admin', '/admin/', '/admin/x?y', '/administrators']) {
    assert.equal(parseResponse(await front.exchange(lastHead(`GET ${path}`))).status, 403, path);
    assert.equal(backend.received, '');
  }
  for (const path of ['/admin', '/admin/', '/admin/x?y', '/administrators', '/admin/a%2fb', '/admin//x']) {
    assert.equal(parseResponse(await front.exchange(lastHead(`GET ${path}`), certificates.admin)).status, 200, path);
    assert.equal(backend.heads.at(-1)?.split('\r\n')[0], `GET ${path} HTTP/1.1`);
  }
});

test('an open path below a guarded one cannot be left by dots', async (t) => {
  const backend = await createRecordingBackend(t);
  const routes = [
    { path: '/', allow: [{ commonName: 'admin' }], upstream: backend.url },
    { path: '/public/', upstream: backend.url },
    { exact: '/public/secret', allow: [], upstream: backend.url },
    { regex: '\\.key$', allow: [], upstream: backend.url },
  ];
  const front = await startFront(t, certificates, { routes });
  const denied = ['/public/../x', '/public/%2e%2e/x', '/public/..;/x', '/public/..', '/public', '/public/secret'];
  denied.push('/public/./secret', '/public//secret', '/public/secret;a', '/public/%73ecret', '/public/secre%74');
  denied.push('/public/a.key', '/public/a.ke%79', '/public/a.key;x', '/public/a.key/.', '/public/a.key%00.html');
  for (const path of denied) {
    const { status } = parseResponse(await front.exchange(lastHead(`GET ${path}`)));
    assert.ok(status === 400 || status === 403, `${path}: ${status}`);
  }
  assert.equal(backend.received, '');
  for (const path of ['/public/', '/public/a', '/public/a/../b', '/public/a.keys', '/public/x?file=a.key']) {
    assert.equal(parseResponse(await front.exchange(lastHead(`GET ${path}`))).status, 200, path);
  }
});

test('over HTTP/2 the same', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { server: { http2: true }, routes: routesTo(backend.url) });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const statusOf = async (path: string): Promise<unknown> => {
    const stream = session.request({ ':path': path, ':authority': 'localhost' });
    stream.resume();
    return new Promise((resolve) => {
      stream
        .once('response', (headers) => resolve(headers[':status']))
        .once('error', (error) => resolve(error.message));
    });
  };
  for (const path of detours) {
    const status = await statusOf(path);
    assert.notEqual(status, 200, path);
    assert.equal(backend.received, '', path);
  }
  for (const [index, path] of honest.entries()) {
    assert.equal(await statusOf(path), 200, path);
    assert.equal(backend.heads[index]?.split('\r\n')[0], `GET ${path} HTTP/1.1`);
  }
});
