// When the TLS between the companies fails, the application gets a 502 that says nothing, and the log says what is wrong
// and which side must act. Not a byte of the request leaves before the server is known.

import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { after, describe, type TestContext, test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import { type ClientSide, createTlsBackend, startClientSide } from '../support/client-side.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../support/openssl.ts';
import { startOpensslServer } from '../support/openssl-server.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company B/CN=Root CA' });
const otherCa = makeCa(directory, 'other-ca', { subject: '/O=Company C/CN=Other CA' });
const past = { notBefore: new Date('2024-01-01T00:00:00Z'), notAfter: new Date('2025-01-01T00:00:00Z') };
const future = { notBefore: new Date('2098-01-01T00:00:00Z'), notAfter: new Date('2099-01-01T00:00:00Z') };

const serverOf = (name: string, options: Partial<Parameters<typeof makeCertificate>[1]> = {}): CertificateFiles =>
  makeCertificate(directory, { ca, name, san: 'DNS:localhost', eku: 'serverAuth', ...options });
const clientOf = (name: string, options: Partial<Parameters<typeof makeCertificate>[1]> = {}): CertificateFiles =>
  makeCertificate(directory, { ca, name, subject: `/O=Company A/CN=${name}`, eku: 'clientAuth', ...options });

const server = serverOf('server');
const client = clientOf('client-a');
const trusting = { ca: ca.certificate };
const showing = ({ certificate, key }: CertificateFiles): object => ({ certificate, key, ...trusting });

/** Asks once; the answer must be this code's, and the log's line must say what is expected. */
async function assertFails({ ask, gateway }: ClientSide, code: ErrorCode, said: RegExp): Promise<void> {
  const { status, body } = await ask('service1');
  assert.equal(status, 502);
  const { requestId, ...told } = JSON.parse(body);
  const detail = {
    'upstream-tls-failed': 'The service behind this gateway cannot be trusted',
    'upstream-unreachable': 'The service behind this gateway cannot be reached',
    'upstream-invalid': 'The service behind this gateway gave an invalid answer',
  }[code as string];
  assert.deepEqual(told, { title: 'Bad Gateway', status: 502, code, detail });
  const line = await gateway.lineWhere((line) => line.request_id === requestId);
  assert.equal(line.level, 50);
  assert.match(line.msg, said);
  assert.ok(!line.msg.includes('\n'));
}

describe("the server's certificate", () => {
  const revoked = serverOf('revoked');
  const crl = makeCrl(ca, { revoked: [revoked.certificate] });
  const lapsed = makeCrl(ca, { name: 'lapsed', thisUpdate: past.notBefore, nextUpdate: past.notAfter });
  const intermediate = makeCa(directory, 'intermediate', { ca, subject: '/O=Company B/CN=Intermediate CA' });

  const cases: Readonly<Record<string, readonly [CertificateFiles, tls: object, said: RegExp]>> = {
    'is for another name': [
      serverOf('misnamed', { san: 'DNS:service2.company-b.example,DNS:*.company-b.example' }),
      trusting,
      /the server's certificate is for service2\.company-b\.example, \*\.company-b\.example and not for localhost: set tls\.serverName to one of its names if it is the right server, or the other side needs a certificate for this name/,
    ],
    'is not for the serverName that is set': [
      server,
      { ...trusting, serverName: 'service1.company-b.example' },
      /the server's certificate is for localhost and not for service1\.company-b\.example/,
    ],
    'has no name at all, but a CN that fits': [
      makeCertificate(directory, { ca, name: 'cn-only', subject: '/CN=other.example', eku: 'serverAuth' }),
      trusting,
      /the server's certificate is for CN=other\.example and not for localhost/,
    ],
    'has expired': [
      serverOf('expired', past),
      trusting,
      /the server's certificate \(CN=expired\) expired on 2025-01-01T00:00:00\.000Z: the other side has to renew it/,
    ],
    'is not valid yet': [
      serverOf('early', future),
      trusting,
      /the server's certificate \(CN=early\) is not valid before 2098-01-01T00:00:00\.000Z: compare the clocks/,
    ],
    'is of another CA': [
      serverOf('foreign', { ca: otherCa }),
      trusting,
      /the server's certificate \(CN=foreign\), issued by O=Company C, CN=Other CA, is not signed by any CA in \S+ca\.crt: add its CA to tls\.ca if the server is the right one/,
    ],
    'is self-signed': [
      makeCertificate(directory, { name: 'selfish', san: 'DNS:localhost' }),
      trusting,
      /the server's certificate \(CN=selfish\) is self-signed and not in \S+ca\.crt: add it there if it is the right one, or the other side has to get one from a CA/,
    ],
    'comes without its intermediate certificate': [
      serverOf('lonely', { ca: intermediate }),
      trusting,
      /issued by O=Company B, CN=Intermediate CA, is not signed by any CA .*or the other side does not send its intermediate certificates/,
    ],
    'is meant for clients': [
      serverOf('client-only', { eku: 'clientAuth' }),
      trusting,
      /the server's certificate \(CN=client-only\) is not meant for servers \(extended key usage\): the other side needs another one/,
    ],
    'is revoked': [
      revoked,
      { ...trusting, crl },
      /the server's certificate \(CN=revoked\) is revoked: the other side needs a new one/,
    ],
    'cannot be looked up in a list that has lapsed': [
      server,
      { ...trusting, crl: lapsed },
      /the revocation list of O=Company B, CN=Root CA in tls\.crl has expired: fetch a new one/,
    ],
    'is of a CA without a list among those given': [
      server,
      { ...trusting, crl: makeCrl(otherCa) },
      /tls\.crl has no revocation list of O=Company B, CN=Root CA: add one for every CA of the chain/,
    ],
  };
  for (const [what, [identity, tls, said]] of Object.entries(cases)) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      test(`${what} (${version})`, async (t) => {
        const backend = await createTlsBackend(t, identity, { tls: { minVersion: version, maxVersion: version } });
        const side = await startClientSide(t, directory, {
          service1: { servers: `https://localhost:${backend.port}`, tls },
        });
        await assertFails(side, 'upstream-tls-failed', said);
        assert.equal(backend.received, '');
      });
    }
  }

  test('is right: the request goes through, with a list as well', async (t) => {
    const backend = await createTlsBackend(t, server);
    const side = await startClientSide(t, directory, {
      service1: { servers: `https://localhost:${backend.port}`, tls: { ...trusting, crl } },
    });
    assert.equal((await side.ask('service1')).status, 200);
    assert.equal(backend.heads.length, 1);
  });
});

describe('the server refuses our certificate', () => {
  const cases: Readonly<Record<string, readonly [tls: object, said: RegExp, saidOnTls12?: RegExp]>> = {
    'that has expired': [
      showing(clientOf('old', past)),
      /the server refused our certificate: certificate expired \(we sent CN=old,O=Company A\); ours has expired: renew it/,
    ],
    'that is of a CA it does not know': [
      showing(clientOf('foreigner', { ca: otherCa })),
      /the server refused our certificate: unknown CA \(we sent CN=foreigner,O=Company A\); it does not trust the CA of ours: the other side has to add that CA/,
    ],
    'that is meant for servers': [
      showing(clientOf('server-only', { eku: 'serverAuth' })),
      /the server refused our certificate: unsupported certificate \(we sent CN=server-only,O=Company A\); it does not take its kind/,
    ],
    'because there is none': [
      trusting,
      /the server refused our certificate: certificate required \(we have none configured\); it wants one: set tls\.certificate and tls\.key/,
      /the server refused the handshake: handshake failure; it wants a client certificate \(we have none configured\), or shares no cipher suite with us/,
    ],
  };
  for (const version of ['-tls1_2', '-tls1_3']) {
    for (const [what, [tls, said, saidOnTls12 = said]] of Object.entries(cases)) {
      test(`${what} (${version})`, async (t) => {
        const { port } = await startOpensslServer(t, server, ca, version);
        const side = await startClientSide(t, directory, { service1: { servers: `https://localhost:${port}`, tls } });
        await assertFails(side, 'upstream-tls-failed', version === '-tls1_2' ? saidOnTls12 : said);
      });
    }

    test(`and takes a good one (${version})`, async (t) => {
      const { port } = await startOpensslServer(t, server, ca, version);
      const side = await startClientSide(t, directory, {
        service1: { servers: `https://localhost:${port}`, tls: showing(client) },
      });
      const { status, body } = await side.ask('service1');
      assert.equal(status, 200);
      assert.match(body, /CN ?= ?client-a/);
    });
  }

  test('without a word, as Node.js does', async (t) => {
    const rejecting = { rejectUnauthorized: true, ca: [] };
    const backend = await createTlsBackend(t, server, { tls: rejecting });
    const side = await startClientSide(t, directory, {
      service1: { servers: `https://localhost:${backend.port}`, tls: showing(client) },
    });
    await assertFails(
      side,
      'upstream-tls-failed',
      /asked for a certificate in the TLS handshake and closed the connection before it answered: it may have refused ours \(we sent CN=client-a,O=Company A\); its log knows/,
    );
  });
});

describe('there is no TLS to speak of', () => {
  const expectFailure = async (t: TestContext, url: string, code: ErrorCode, said: RegExp): Promise<void> => {
    const side = await startClientSide(t, directory, { service1: { servers: url, tls: showing(client) } });
    await assertFails(side, code, said);
  };

  /** A server that does one thing with what it is sent. */
  const startServer = async (t: TestContext, onData: (socket: net.Socket) => void): Promise<number> => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => onData(socket));
    });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  test('plain HTTP is spoken behind an https address', async (t) => {
    const port = await startServer(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    await expectFailure(
      t,
      `https://localhost:${port}`,
      'upstream-tls-failed',
      /the server does not answer in TLS: if it speaks plain HTTP there, its address must begin with http:\/\//,
    );
  });

  test('TLS is spoken behind an http address', async (t) => {
    // An alert (RFC 8446 section 6), as servers of Java send it; others close, or answer in plain HTTP.
    const port = await startServer(t, (socket) => socket.end(Buffer.from('15030300020246', 'hex')));
    const side = await startClientSide(t, directory, { service1: { servers: `http://localhost:${port}` } });
    await assertFails(side, 'upstream-invalid', /answers with TLS: its address must begin with https:\/\//);
  });

  test('the connection is closed before there is a handshake', async (t) => {
    const port = await startServer(t, (socket) => socket.destroy());
    await expectFailure(
      t,
      `https://localhost:${port}`,
      'upstream-tls-failed',
      /the server closed the connection in the TLS handshake: it does not speak TLS there, or does not want ours/,
    );
  });

  test('nothing listens there', async (t) => {
    const backend = await createRecordingBackend(t);
    await backend.close();
    await expectFailure(
      t,
      `https://localhost:${backend.port}`,
      'upstream-unreachable',
      /refuses connections: nothing listens there; start the service or mend the address/,
    );
  });

  test('the name is not known', async (t) => {
    await expectFailure(
      t,
      'https://service1.invalid:8443',
      'upstream-unreachable',
      /has a name that (?:is not known: mend the name|cannot be asked for)/,
    );
  });

  test('the server speaks no TLS that is new enough', async (t) => {
    const backend = await createTlsBackend(t, server, { tls: { maxVersion: 'TLSv1.2' } });
    const side = await startClientSide(t, directory, {
      service1: { servers: `https://localhost:${backend.port}`, tls: { ...trusting, minVersion: 'TLSv1.3' } },
    });
    await assertFails(side, 'upstream-tls-failed', /protocol version; it and we have no version of TLS in common/);
  });
});
