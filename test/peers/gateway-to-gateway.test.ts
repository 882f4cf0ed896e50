// The whole picture: an application with plain curl → the client side → mutual TLS → the server side → a backend that sees
// who is calling. Two gateways, one for each company.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { certificateMakers, clientDn, serverName } from '../support/two-companies.ts';

for (const { name, make } of certificateMakers) {
  test(`client side to server side, certificates of ${name}`, async (t) => {
    const directory = temporaryDirectory(t);
    const [companyA, companyB] = ['company-a', 'company-b'].map((folder) => join(directory, folder)) as [
      string,
      string,
    ];
    for (const folder of [companyA, companyB]) mkdirSync(folder);
    const { ca, server, client, stranger } = await make(directory);
    const backend = await createRecordingBackend(t);
    const serverSide = await startTestGateway(
      t,
      companyB,
      `servers:
  - listen: 127.0.0.1:0
    names: ${serverName}
    tls: { certificate: ${server.certificate}, key: ${server.key}, clients: { ca: ${ca} } }
    routes:
      - { path: /, upstream: '${backend.url}', allow: [{ organization: Company A }] }
      - { path: /admin/, upstream: '${backend.url}', allow: [{ commonName: admin }] }
log: { access: off }
`,
    );
    const servers = `https://localhost:${serverSide.port()}`;
    const clientSide = await startTestGateway(
      t,
      companyA,
      `servers:
  - listen: 127.0.0.1:0
    routes:
      - { path: /, upstream: service1, headers: { Host: ${serverName} } }
      - { path: /stranger/, upstream: stranger, headers: { Host: ${serverName} } }
      - { path: /nobody/, upstream: nobody, headers: { Host: ${serverName} } }
upstreams:
  service1: { servers: '${servers}', tls: { certificate: ${client.bundle}, ca: ${ca}, serverName: ${serverName} } }
  stranger: { servers: '${servers}', tls: { certificate: ${stranger.bundle}, ca: ${ca}, serverName: ${serverName} } }
  nobody: { servers: '${servers}', tls: { ca: ${ca}, serverName: ${serverName} } }
log: { access: off }
`,
    );
    const ask = (...args: readonly string[]) =>
      curl(...args.slice(1), `http://127.0.0.1:${clientSide.port()}${args[0]}`);

    await t.test('a plain request arrives with the name of our certificate, and no other', async () => {
      const { status, body } = await ask(
        '/orders?id=1',
        ...['--data', 'two boxes', '-H', 'X-SSL-Client-S-DN: CN=admin', '-H', 'X-SSL-Client-Verify: SUCCESS'],
      );
      assert.equal(status, 200, body);
      assert.equal(body, 'ok');
      const head = backend.heads[0] ?? '';
      assert.match(head, /^POST \/orders\?id=1 HTTP\/1\.1\r\nHost: service1\.company-b\.example\r\n/);
      const told = headerLines(head).filter((line) => /^x-ssl-client-(?:s-dn|verify)/i.test(line));
      assert.deepEqual(told, ['X-SSL-Client-Verify: SUCCESS', `X-SSL-Client-S-DN: ${clientDn}`]);
      assert.match(backend.received, /\r\n\r\ntwo boxes$/);
    });

    await t.test('what the other company forbids is its answer: 403, and the backend hears nothing', async () => {
      const before = backend.received;
      const { status, body } = await ask('/admin/');
      assert.equal(status, 403);
      const line = await serverSide.lineWhere(({ request_id }) => request_id === JSON.parse(body).requestId);
      assert.match(line.msg, /no rule of route "\/admin\/" allows subject CN=client-a,O=Company A/);
      assert.equal(backend.received, before);
    });

    for (const { path, says, hears } of [
      {
        path: '/stranger/',
        says: /it may have refused ours \(we sent CN=client-a,O=Company A\); its log knows|the server refused our certificate/,
        hears: 'client-certificate-invalid',
      },
      { path: '/nobody/', says: /refused our certificate: certificate required/, hears: 'client-certificate-missing' },
    ]) {
      await t.test(`${path}: 502, both logs say why, and the backend hears nothing`, async () => {
        const before = backend.received;
        const { status, body } = await ask(path);
        assert.equal(status, 502);
        const { code, requestId } = JSON.parse(body);
        assert.equal(code, 'upstream-tls-failed');
        const line = await clientSide.lineWhere(({ request_id }) => request_id === requestId);
        assert.match(line.msg, says);
        await serverSide.lineWhere((line) => line.code === hears);
        assert.equal(backend.received, before);
      });
    }
  });
}
