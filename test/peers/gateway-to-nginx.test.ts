// Company A runs the client side; Company B runs nginx with ssl_verify_client on.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { startNginx, withoutNginx } from '../support/nginx.ts';
import { makeCa, temporaryDirectory } from '../support/openssl.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { certificateMakers, clientDn, serverName } from '../support/two-companies.ts';

for (const { name, make } of certificateMakers) {
  test(`the client side to nginx, certificates of ${name}`, { skip: withoutNginx }, async (t) => {
    const directory = temporaryDirectory(t);
    const { ca, server, client, stranger } = await make(directory);
    const otherCa = makeCa(directory, 'other-ca', { subject: '/O=Company C/CN=Other CA' });
    const nginx = await startNginx(
      t,
      directory,
      (port) => `server {
        listen 127.0.0.1:${port} ssl; server_name ${serverName} localhost;
        ssl_certificate ${server.certificate}; ssl_certificate_key ${server.key};
        access_log nginx-access.log; ssl_verify_client on; ssl_client_certificate ${ca};
        default_type text/plain; return 200 "$ssl_client_verify $ssl_client_s_dn $ssl_server_name $request_uri";
      }`,
    );
    const served = (): string => readFileSync(join(directory, 'nginx-access.log'), 'utf8');
    const upstream = (tls: object): object => ({ servers: `https://localhost:${nginx.port}`, tls });
    const shown = { certificate: client.certificate, key: client.key };
    const upstreams = {
      service1: upstream({ ...shown, ca, serverName }),
      stranger: upstream({ certificate: stranger.bundle, ca }),
      nobody: upstream({ ca }),
      'wrong-ca': upstream({ ...shown, ca: otherCa.certificate }),
      'wrong-name': upstream({ ...shown, ca, serverName: 'service2.company-b.example' }),
    };
    const gateway = await startTestGateway(
      t,
      directory,
      JSON.stringify({
        servers: [
          {
            listen: '127.0.0.1:0',
            routes: Object.keys(upstreams).map((to) => ({ path: `/${to}/`, upstream: to })),
          },
        ],
        upstreams,
        log: { access: 'off' },
      }),
    );
    const ask = (path: string) => curl(`http://127.0.0.1:${gateway.port()}${path}`);

    await t.test('nginx sees the certificate that we inject, and the name that we ask for', async () => {
      const { status, body } = await ask('/service1/orders?id=1');
      assert.equal(status, 200, nginx.log);
      assert.equal(body, `SUCCESS ${clientDn} ${serverName} /service1/orders?id=1`);
    });

    // nginx lets everybody through the handshake and refuses by HTTP: that answer is not ours to change.
    await t.test('a certificate of another CA is refused by nginx, in its words', async () => {
      const { status, body } = await ask('/stranger/');
      assert.equal(status, 400);
      assert.match(body, /The SSL certificate error/);
      assert.doesNotMatch(body, /SUCCESS/);
      await nginx.until(/client SSL certificate verify error/);
    });

    await t.test('no certificate is refused by nginx, in its words', async () => {
      const { status, body } = await ask('/nobody/');
      assert.equal(status, 400);
      assert.match(body, /No required SSL certificate was sent/);
    });

    const failures = [
      {
        to: 'wrong-ca',
        what: 'a server of another CA than we trust',
        log: /^upstream failed: https:\/\/localhost:\d+: the server's certificate .*issued by .*Root CA.*, is not signed by any CA in .*other-ca\.crt: add its CA to tls\.ca if/,
      },
      {
        to: 'wrong-name',
        what: 'a server of another name than we expect',
        log: /the server's certificate is for service1\.company-b\.example, localhost and not for service2\.company-b\.example: set tls\.serverName .*, or the other side needs/,
      },
    ];
    for (const { to, what, log } of failures) {
      await t.test(`${what} gets no request: 502, and the log says who must act`, async () => {
        const { status, body } = await ask(`/${to}/secret`);
        assert.equal(status, 502);
        const { requestId, ...problem } = JSON.parse(body);
        assert.deepEqual(problem, {
          title: 'Bad Gateway',
          status: 502,
          detail: 'The service behind this gateway cannot be trusted',
          code: 'upstream-tls-failed',
        });
        const line = await gateway.lineWhere((line) => line.request_id === requestId);
        assert.match(line.msg, log);
        assert.match(served(), /GET \/service1\/orders/);
        assert.doesNotMatch(served(), /secret/);
      });
    }
  });
}
