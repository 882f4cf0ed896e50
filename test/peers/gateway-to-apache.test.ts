// Company A runs the client side; Company B runs Apache with SSLVerifyClient require, which refuses by TLS alert.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApache, withoutApache } from '../support/apache.ts';
import { curl } from '../support/curl.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { certificateMakers, clientDn, serverName } from '../support/two-companies.ts';

for (const { name, make } of certificateMakers) {
  test(`the client side to Apache, certificates of ${name}`, { skip: withoutApache }, async (t) => {
    const directory = temporaryDirectory(t);
    const { ca, server, client, stranger } = await make(directory);
    const backend = await createRecordingBackend(t);
    const apache = await startApache(
      t,
      directory,
      (port) => `<VirtualHost 127.0.0.1:${port}>
  ServerName ${serverName}
  SSLEngine on
  SSLCertificateFile ${server.certificate}
  SSLCertificateKeyFile ${server.key}
  SSLVerifyClient require
  SSLCACertificateFile ${ca}
  RequestHeader set X-Seen-DN "%{SSL_CLIENT_S_DN}s"
  ProxyPass / ${backend.url}/
</VirtualHost>`,
    );
    const servers = `https://localhost:${apache.port}`;
    const gateway = await startTestGateway(
      t,
      directory,
      JSON.stringify({
        servers: [
          {
            listen: '127.0.0.1:0',
            routes: ['service1', 'stranger', 'nobody'].map((to) => ({ path: `/${to}`, upstream: to })),
          },
        ],
        upstreams: {
          service1: { servers, tls: { certificate: client.certificate, key: client.key, ca, serverName } },
          stranger: { servers, tls: { certificate: stranger.bundle, ca, serverName } },
          nobody: { servers, tls: { ca, serverName } },
        },
        log: { access: 'off' },
      }),
    );
    const ask = (path: string) => curl(`http://127.0.0.1:${gateway.port()}${path}`);

    await t.test('Apache sees the certificate that we inject', async () => {
      const { status } = await ask('/service1');
      assert.equal(status, 200, apache.log);
      assert.ok(headerLines(backend.heads[0] ?? '').includes(`X-Seen-DN: ${clientDn}`), backend.received);
    });

    const refused = [
      {
        to: 'stranger',
        what: 'a certificate of a CA that Apache does not trust',
        log: /the server refused our certificate: .*\(we sent CN=client-a,O=Company A\)/,
      },
      {
        to: 'nobody',
        what: 'no certificate',
        log: /the server refused our certificate: certificate required \(we have none configured\); it wants one: set tls\.certificate and tls\.key/,
      },
    ];
    for (const { to, what, log } of refused) {
      await t.test(`${what}: 502, and the log says what Apache said`, async () => {
        const before = backend.received;
        const { status, body } = await ask(`/${to}`);
        assert.equal(status, 502);
        const { code, requestId } = JSON.parse(body);
        assert.equal(code, 'upstream-tls-failed');
        assert.doesNotMatch(body, /localhost|certificate|Company/);
        const line = await gateway.lineWhere((line) => line.request_id === requestId);
        assert.match(line.msg, log);
        assert.equal(backend.received, before);
      });
    }
  });
}
