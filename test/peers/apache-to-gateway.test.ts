// Company A runs Apache, whose SSLProxyMachineCertificateFile injects the client certificate; Company B runs this gateway.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApache, withoutApache } from '../support/apache.ts';
import { curl } from '../support/curl.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { certificateMakers, clientDn, serverName } from '../support/two-companies.ts';

/** OpenSSL's words for it: ours carry key identifiers, by which it knows the CA for another one. */
const strangerReasons: Readonly<Record<string, string>> = {
  "openssl's commands": 'certificate signature failure',
  'mutual ca': 'unable to verify the first certificate',
};

for (const { name, make } of certificateMakers) {
  test(`Apache to the gateway, certificates of ${name}`, { skip: withoutApache }, async (t) => {
    const directory = temporaryDirectory(t);
    const { ca, server, client, stranger } = await make(directory);
    const backend = await createRecordingBackend(t);
    const gateway = await startTestGateway(
      t,
      directory,
      `servers:
  - listen: 127.0.0.1:0
    names: [${serverName}, localhost]
    tls: { certificate: ${server.certificate}, key: ${server.key}, clients: { ca: ${ca} } }
    routes:
      - path: /
        allow: [{ organization: Company A, commonName: client-* }]
        upstream: ${backend.url}
log: { access: off }
`,
    );
    /** @param inject directives that inject a certificate, if any */
    const vhost = (inject: string) => (port: number) =>
      `<VirtualHost 127.0.0.1:${port}>
  SSLProxyEngine on
  SSLProxyVerify require
  SSLProxyCACertificateFile ${ca}
  SSLProxyCheckPeerName on
  ${inject}
  ProxyPass / https://localhost:${gateway.port()}/
</VirtualHost>`;

    await t.test('the backend sees the name of the certificate that Apache injects', async (t) => {
      const inject = `SSLProxyMachineCertificateFile ${client.bundle}`;
      const apache = await startApache(t, directory, vhost(inject));
      const answer = await curl(`http://127.0.0.1:${apache.port}/orders?id=1`);
      assert.equal(answer.status, 200, `${answer.body}\n${apache.log}`);
      assert.equal(backend.heads.length, 1);
      const head = backend.heads[0] ?? '';
      assert.match(head, /^GET \/orders\?id=1 HTTP\/1\.1\r\n/);
      assert.ok(headerLines(head).includes(`X-SSL-Client-S-DN: ${clientDn}`), head);
      assert.ok(headerLines(head).includes('X-SSL-Client-Verify: SUCCESS'), head);
    });

    const refused = [
      { what: 'without a certificate', inject: '', reason: 'the client sent no certificate' },
      {
        what: 'with a certificate of another CA of the same name',
        inject: `SSLProxyMachineCertificateFile ${stranger.bundle}`,
        reason: strangerReasons[name],
      },
    ];
    for (const { what, inject, reason } of refused) {
      await t.test(`${what} Apache is refused, and the backend hears nothing`, async (t) => {
        const apache = await startApache(t, directory, vhost(inject));
        const before = backend.received.length;
        const answer = await curl(`http://127.0.0.1:${apache.port}/`);
        assert.equal(answer.status, 502, `${answer.body}\n${apache.log}`);
        assert.equal(backend.received.length, before);
        await gateway.lineWhere(({ msg }) => msg === `client refused: ${reason}`);
      });
    }
  });
}
