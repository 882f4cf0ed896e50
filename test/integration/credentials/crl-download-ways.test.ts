// The way to a list: redirects, and https. A redirect is followed where it makes nothing worse.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { after, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type CrlServer, startCrlServer, watchDownloads } from '../../support/crl-downloads.ts';
import { type AfterHook, makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca');
const list = makeCrl(ca);
const web = makeCertificate(directory, { ca, name: 'web', san: 'IP:127.0.0.1,DNS:localhost', eku: 'serverAuth' });
const tls = { key: readFileSync(web.key), cert: readFileSync(web.certificate) };

async function startHttpsServer(t: AfterHook): Promise<CrlServer> {
  const server = await startCrlServer(t, list, (listener: RequestListener): Server => createTlsServer(tls, listener));
  return Object.assign(server, { url: server.url.replace('http:', 'https:') });
}

/** Redirects the first requests, then serves the list. */
function redirect(server: CrlServer, locations: readonly (string | undefined)[], status = 302): void {
  server.answer = (_, response) => {
    const n = server.requests.length - 1;
    const location = locations[n];
    if (n < locations.length) response.writeHead(status, location === undefined ? {} : { location }).end('over there');
    else response.end(readFileSync(list));
  };
}

const urlsOf = ({ requests }: CrlServer): (string | undefined)[] => requests.map(({ url }) => url);

for (const status of [301, 302, 303, 307, 308]) {
  test(`three redirects with status ${status} are followed, relative ones too`, async (t) => {
    const server = await startCrlServer(t, list);
    redirect(server, ['/a', `${server.url}/b?c=d`, '../e'], status);
    const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
    await downloads.ready();
    assert.deepEqual(urlsOf(server), ['/ca.crl', '/a', '/ca.crl/b?c=d', '/e']);
  });
}

test('a fourth redirect is not followed, and so no circle', async (t) => {
  const server = await startCrlServer(t, list);
  redirect(server, Array(9).fill('/ca.crl'));
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await assert.rejects(downloads.ready(), { code: 'crl-unavailable', message: /more than 3 redirects/ });
  assert.equal(server.requests.length, 4);
});

for (const location of [
  'ftp://127.0.0.1/ca.crl',
  'file:///etc/passwd',
  'http://',
  'http://user:secret@127.0.0.1/',
  undefined,
]) {
  test(`a redirect to ${location} is not followed`, async (t) => {
    const server = await startCrlServer(t, list);
    redirect(server, [location]);
    const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
    await assert.rejects(downloads.ready(), /status 302 and no URL that can be followed/);
    assert.equal(server.requests.length, 1);
  });
}

test('a redirect with a body without end does not hold anything up', async (t) => {
  const server = await startCrlServer(t, list);
  server.answer = (_, response) => {
    if (server.requests.length > 1) {
      response.end(readFileSync(list));
      return;
    }
    response.writeHead(302, { location: '/b' });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(4096)));
    };
    response.on('drain', more);
    more();
  };
  await watchDownloads(t, server.url, temporaryDirectory(t)).ready();
  assert.deepEqual(urlsOf(server), ['/ca.crl', '/b']);
});

test('https is verified, whatever the environment says', async (t) => {
  const server = await startHttpsServer(t);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });
  const stranger = watchDownloads(t, server.url, temporaryDirectory(t));
  await assert.rejects(stranger.ready(), {
    code: 'crl-unavailable',
    message: /unable to verify the first certificate/,
  });
  assert.equal(server.requests.length, 0);
});

test('https whose CA this machine trusts; from http to https, and never back', async (t) => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, readFileSync(ca.certificate, 'utf8')]);
  t.after(() => setDefaultCACertificates(before));
  const secure = await startHttpsServer(t);
  const plain = await startCrlServer(t, list);
  redirect(plain, [secure.url]);
  await watchDownloads(t, secure.url, temporaryDirectory(t)).ready();
  await watchDownloads(t, plain.url, temporaryDirectory(t)).ready();
  assert.equal(secure.requests.length, 2);

  redirect(secure, ['', '', plain.url]);
  const back = watchDownloads(t, secure.url, temporaryDirectory(t));
  await assert.rejects(back.ready(), /it redirects from https to http:\/\/127\.0\.0\.1:\d+\/ca\.crl/);
  assert.equal(plain.requests.length, 1);

  const misnamed = watchDownloads(t, secure.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'), temporaryDirectory(t));
  await assert.rejects(misnamed.ready(), { code: 'crl-unavailable' });
  assert.equal(secure.requests.length, 3);
});
