// Servers that speak TLS: only the right one is talked to, and what is wrong is told in words that say who has to act.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { before, describe, type TestContext, test } from 'node:test';
import type tls from 'node:tls';
import type { UpstreamTlsConfig } from '../../../src/config/schema.ts';
import { loadUpstreamCredentials } from '../../../src/credentials/upstream-credentials.ts';
import { type AskedUpstream, ask, startUpstream } from '../../support/ask-upstream.ts';
import {
  type CaFiles,
  type CertificateFiles,
  makeCa,
  makeCertificate,
  makeCrl,
  runOpenssl,
  temporaryDirectory,
} from '../../support/openssl.ts';
import { createRecordingBackend, type RecordingBackend } from '../../support/recording-backend.ts';
import { makeUpstreamConfig, makeUpstreamTlsConfig, serverAt } from '../../support/upstream-config.ts';

const dayMs = 86_400_000;
const directory = temporaryDirectory({ after: (fn) => process.once('exit', fn) });
let ca: CaFiles;
let otherCa: CaFiles;
let server: CertificateFiles;
let client: CertificateFiles;
let otherClient: CertificateFiles;

before(() => {
  ca = makeCa(directory, 'ca', { subject: '/O=Company B/CN=CA of B' });
  otherCa = makeCa(directory, 'other', { subject: '/O=Elsewhere/CN=Other CA' });
  server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:b.test,IP:127.0.0.1', eku: 'serverAuth' });
  client = makeCertificate(directory, { ca, name: 'client', subject: '/O=Company A/CN=client-a', eku: 'clientAuth' });
  otherClient = makeCertificate(directory, { ca: otherCa, name: 'stranger', eku: 'clientAuth' });
});

const read = ({ certificate, key }: CertificateFiles) => ({ cert: readFileSync(certificate), key: readFileSync(key) });

/** An upstream with this one server, reached by the name b.test unless told otherwise. */
function upstreamTo(
  t: TestContext,
  { port }: { readonly port: number },
  facts: Partial<UpstreamTlsConfig> = {},
  host = 'b.test',
): AskedUpstream {
  const config = makeUpstreamTlsConfig({ ca: [ca.certificate], ...facts });
  return startUpstream(t, makeUpstreamConfig([`https://${host}:${port}`], { tls: config }), {
    credentials: loadUpstreamCredentials(config, Date.now()),
    lookupAll: (_host, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
  });
}

const backendWith = (t: TestContext, options: tls.TlsOptions = {}): Promise<RecordingBackend> =>
  createRecordingBackend(t, { tls: { ...read(server), ...options } });

/** Says why the request failed; fails the test where it did not. */
async function whyRefused(upstream: AskedUpstream): Promise<string> {
  const { failure, attempts } = await ask(upstream);
  assert.equal(failure?.code, 'upstream-tls-failed', failure?.message ?? 'it was answered');
  assert.equal(failure.kind.status, 502);
  assert.equal(attempts.length, 1, 'never tried again');
  return failure.message;
}

describe('a server with the right certificate', () => {
  test('is talked to, asked for by name, over TLS 1.3 and HTTP/1.1', async (t) => {
    const backend = await backendWith(t, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal((await ask(upstreamTo(t, backend))).body, 'ok');
    const socket = backend.connections[0]?.socket as tls.TLSSocket;
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    assert.equal(socket.alpnProtocol, 'http/1.1');
    assert.equal((socket as { servername?: unknown }).servername, 'b.test');
  });

  test('may be reached by an address that stands in it; an address is not asked for as a name', async (t) => {
    const backend = await backendWith(t);
    assert.equal((await ask(upstreamTo(t, backend, {}, '127.0.0.1'))).body, 'ok');
    const socket = backend.connections[0]?.socket as tls.TLSSocket & { servername?: unknown };
    assert.equal(socket.servername, false);
  });

  test('may be asked for by another name than that of its address', async (t) => {
    const backend = await backendWith(t);
    assert.equal((await ask(upstreamTo(t, backend, { serverName: 'b.test' }, '127.0.0.1'))).body, 'ok');
  });

  test('is asked for by its own name, whatever Host the request bears', async (t) => {
    const backend = await backendWith(t);
    const upstream = upstreamTo(t, backend);
    for (const host of ['evil.test', 'b.test', 'other.test']) {
      const { status } = await ask(upstream, { request: { headers: ['Host', host] } });
      assert.equal(status, 200);
    }
    assert.equal(backend.connections.length, 1);
  });

  test('that asks for no certificate gets none, one that asks gets ours', async (t) => {
    const facts = { certificate: client.certificate, key: client.key };
    const backend = await backendWith(t, { requestCert: true, ca: readFileSync(ca.certificate) });
    assert.equal((await ask(upstreamTo(t, backend, facts))).body, 'ok');
    const socket = backend.connections[0]?.socket as tls.TLSSocket;
    assert.equal(socket.authorized, true);
    assert.equal(socket.getPeerCertificate().subject.CN, 'client-a');
  });

  test('gets a certificate out of a PKCS#12 file', async (t) => {
    const pkcs12 = `${directory}/client.p12`;
    runOpenssl([
      ...['pkcs12', '-export', '-in', client.certificate, '-inkey', client.key],
      ...['-passout', 'pass:', '-out', pkcs12],
    ]);
    const backend = await backendWith(t, { requestCert: true, ca: readFileSync(ca.certificate) });
    assert.equal((await ask(upstreamTo(t, backend, { pkcs12 }))).body, 'ok');
  });

  test('is verified anew on every connection: no session is resumed', async (t) => {
    const backend = await backendWith(t);
    const upstream = upstreamTo(t, backend);
    await Promise.all([ask(upstream), ask(upstream)]);
    await Promise.all([ask(upstream), ask(upstream), ask(upstream)]);
    assert.equal(backend.connections.length, 3);
    for (const { socket } of backend.connections) assert.equal((socket as tls.TLSSocket).isSessionReused(), false);
  });

  test('gets each of two upstreams to show its own certificate', async (t) => {
    const backend = await backendWith(t, {
      requestCert: true,
      rejectUnauthorized: false,
      ca: readFileSync(ca.certificate),
    });
    const [one, two] = [client, otherClient].map(({ certificate, key }) =>
      upstreamTo(t, backend, { certificate, key }),
    );
    assert.ok(one && two);
    for (const upstream of [one, two, one]) await ask(upstream);
    const names = backend.connections.map(({ socket }) => (socket as tls.TLSSocket).getPeerCertificate().subject.CN);
    assert.deepEqual(names, ['client-a', 'stranger']);
  });
});

describe('a server is refused whose certificate', () => {
  const refusals: readonly {
    readonly name: string;
    readonly certificate?: () => CertificateFiles;
    readonly facts?: () => Partial<UpstreamTlsConfig>;
    readonly host?: string;
    readonly why: RegExp;
  }[] = [
    {
      name: 'comes from another CA',
      facts: () => ({ ca: [otherCa.certificate] }),
      why: /certificate \(CN=server\), issued by O=Company B, CN=CA of B, is not signed by any CA in .*other\.crt: add its CA to tls\.ca/,
    },
    {
      name: 'is self-signed',
      certificate: () => makeCertificate(directory, { name: 'self', san: 'DNS:b.test' }),
      why: /certificate \(CN=self\) is self-signed and not in .*ca\.crt/,
    },
    {
      name: 'is for another name',
      host: 'c.test',
      why: /is for b\.test, 127\.0\.0\.1 and not for c\.test: set tls\.serverName/,
    },
    {
      name: 'is for another address',
      certificate: () => makeCertificate(directory, { ca, name: 'nameonly', san: 'DNS:b.test' }),
      host: '127.0.0.1',
      why: /is for b\.test and not for 127\.0\.0\.1/,
    },
    {
      name: 'is for another name than tls.serverName says',
      facts: () => ({ serverName: 'd.test' }),
      why: /and not for d\.test/,
    },
    {
      name: 'has expired',
      certificate: () =>
        makeCertificate(directory, {
          ca,
          name: 'old',
          san: 'DNS:b.test',
          notBefore: new Date(Date.now() - 3 * dayMs),
          notAfter: new Date(Date.UTC(2026, 0, 2)),
        }),
      why: /certificate \(CN=old\) expired on 2026-01-02T00:00:00\.000Z: the other side has to renew it/,
    },
    {
      name: 'is not valid yet',
      certificate: () =>
        makeCertificate(directory, {
          ca,
          name: 'young',
          san: 'DNS:b.test',
          notBefore: new Date(Date.now() + dayMs),
          notAfter: new Date(Date.now() + 2 * dayMs),
        }),
      why: /certificate \(CN=young\) is not valid before .*: compare the clocks/,
    },
    {
      name: 'is meant for clients',
      certificate: () => makeCertificate(directory, { ca, name: 'wrongkind', san: 'DNS:b.test', eku: 'clientAuth' }),
      why: /is not meant for servers/,
    },
    {
      name: 'is revoked',
      facts: () => ({ crl: [makeCrl(ca, { name: 'revoking', revoked: [server.certificate] })] }),
      why: /certificate \(CN=server\) is revoked/,
    },
    {
      name: 'is checked against a list that has expired',
      facts: () => ({
        crl: [
          makeCrl(ca, {
            name: 'oldlist',
            thisUpdate: new Date(Date.now() - 2 * dayMs),
            nextUpdate: new Date(Date.now() - dayMs),
          }),
        ],
      }),
      why: /revocation list of O=Company B, CN=CA of B in tls\.crl has expired/,
    },
    {
      name: 'is checked against the list of another CA alone',
      facts: () => ({ crl: [makeCrl(otherCa, { name: 'otherlist' })] }),
      why: /tls\.crl has no revocation list of O=Company B, CN=CA of B/,
    },
  ];
  for (const { name, certificate, facts, host, why } of refusals) {
    test(name, async (t) => {
      const backend = await backendWith(t, certificate === undefined ? {} : read(certificate()));
      const reason = await whyRefused(upstreamTo(t, backend, facts?.(), host));
      assert.match(reason, why);
      assert.match(reason, /^https:\/\/\S+: /);
      assert.equal(backend.received, '', 'it has been told nothing');
    });
  }

  test('is what it may, where the operator has said so in as many words', async (t) => {
    const backend = await backendWith(t, read(makeCertificate(directory, { name: 'any' })));
    const upstream = upstreamTo(t, backend, { ca: [], unsafeSkipVerify: true });
    assert.equal((await ask(upstream)).body, 'ok');
  });

  test('is known to nobody, where no CA is given and none of Node is asked for', async (t) => {
    const backend = await backendWith(t);
    assert.match(await whyRefused(upstreamTo(t, backend, { ca: 'system' })), /the CAs that come with Node/);
  });
});

describe('a server that refuses us', () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`because we show no certificate (${maxVersion})`, async (t) => {
      const backend = await backendWith(t, { requestCert: true, ca: readFileSync(ca.certificate), maxVersion });
      const reason = await whyRefused(upstreamTo(t, backend));
      if (maxVersion === 'TLSv1.3') {
        assert.match(reason, /refused our certificate: certificate required \(we have none configured\); it wants one/);
      } else {
        assert.match(reason, /handshake failure; it wants a client certificate \(we have none configured\)/);
      }
      assert.equal(backend.received, '');
    });
  }

  test('because it does not trust our certificate, and closes without a word (Node does)', async (t) => {
    const backend = await backendWith(t, { requestCert: true, ca: readFileSync(ca.certificate) });
    const { certificate, key } = otherClient;
    const reason = await whyRefused(upstreamTo(t, backend, { certificate, key }));
    assert.match(reason, /asked for a certificate .* may have refused ours \(we sent CN=stranger\); its log knows/);
  });

  test('because our certificate is unknown to it, and says so (openssl does)', async (t) => {
    const port = await opensslServer(t, [
      ...['-cert', server.certificate, '-key', server.key, '-CAfile', ca.certificate],
      ...['-Verify', '2', '-verify_return_error', '-www'],
    ]);
    const { certificate, key } = otherClient;
    const reason = await whyRefused(upstreamTo(t, { port }, { certificate, key }));
    assert.match(
      reason,
      /refused our certificate: unknown CA \(we sent CN=stranger\); it does not trust the CA of ours/,
    );
  });

  test('because no version of TLS is common to both', async (t) => {
    const port = await opensslServer(t, [...['-cert', server.certificate, '-key', server.key, '-tls1_2', '-www']]);
    const reason = await whyRefused(upstreamTo(t, { port }, { minVersion: 'TLSv1.3' }));
    assert.match(reason, /protocol version|no version of TLS/);
  });

  test('leaves a request to the next one, if it may be repeated', async (t) => {
    const strict = await backendWith(t, { requestCert: true, ca: readFileSync(ca.certificate) });
    const lenient = await backendWith(t);
    const config = makeUpstreamTlsConfig({ ca: [ca.certificate] });
    const servers = [strict, lenient].map(({ port }) => serverAt(`https://127.0.0.1:${port}`));
    const upstream = startUpstream(t, makeUpstreamConfig(servers, { tls: config }), {
      credentials: loadUpstreamCredentials(config, Date.now()),
    });
    const { body, attempts } = await ask(upstream);
    assert.equal(body, 'ok');
    assert.match(attempts[0]?.error ?? '', /certificate required/);
  });
});

describe('what is no TLS', () => {
  const plainServer = async (t: TestContext, onData: (socket: net.Socket) => void): Promise<{ port: number }> => {
    const server = net.createServer((socket) => {
      t.after(() => socket.destroy());
      socket.on('error', () => {});
      socket.once('data', () => onData(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    return { port: (server.address() as AddressInfo).port };
  };

  test('plain HTTP', async (t) => {
    const target = await plainServer(t, (socket) =>
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
    );
    assert.match(await whyRefused(upstreamTo(t, target)), /does not answer in TLS: .* must begin with http:/);
  });

  test('a connection that is closed at once', async (t) => {
    const target = await plainServer(t, (socket) => socket.end());
    assert.match(await whyRefused(upstreamTo(t, target)), /closed the connection in the TLS handshake/);
  });

  test('a server that says nothing', async (t) => {
    const target = await plainServer(t, () => {});
    const upstream = upstreamTo(t, target);
    const { failure } = await ask(upstream, { request: { connectTimeoutMs: 50 } });
    assert.equal(failure?.code, 'upstream-timeout');
    assert.match(failure?.message ?? '', /does not finish the TLS handshake \(waited 50 ms\)/);
  });
});

/** `openssl s_server`, which tells its peers why it refuses them; resolves with its port. */
async function opensslServer(t: TestContext, args: readonly string[]): Promise<number> {
  const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(() => child.kill());
  let output = '';
  return await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`openssl s_server ended: ${output}`)));
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const port = /^ACCEPT .*:(\d+)$/m.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
