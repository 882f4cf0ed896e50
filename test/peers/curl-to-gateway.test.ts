// The real curl as a client with a certificate: every way in which it takes one, and what it says when it is refused.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import { type CurlResult, curl } from '../support/curl.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { isInstalled, skipWithout } from '../support/peer-process.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { certificateMakers, clientDn, serverName } from '../support/two-companies.ts';

const withoutCurl = skipWithout('curl', isInstalled('curl', '--version'));

for (const { name, make } of certificateMakers) {
  test(`curl to the gateway, certificates of ${name}`, { skip: withoutCurl }, async (t) => {
    const directory = temporaryDirectory(t);
    const { ca, server, client, stranger, strangerCa } = await make(directory);
    const backend = await createRecordingBackend(t);
    const gateway = await startTestGateway(
      t,
      directory,
      `servers:
  - listen: { address: 127.0.0.1:0, http2: true }
    names: ${serverName}
    tls: { certificate: ${server.certificate}, key: ${server.key}, clients: { ca: ${ca} } }
    routes: [{ path: /, upstream: '${backend.url}' }]
log: { access: off }
`,
    );
    const port = gateway.port();
    const ask = (...args: readonly string[]): Promise<CurlResult> =>
      curl('--resolve', `${serverName}:${port}:127.0.0.1`, ...args, `https://${serverName}:${port}/`);

    const pkcs12 = join(directory, 'client.p12');
    execFileSync('openssl', [
      ...['pkcs12', '-export', '-passout', 'pass:secret', '-out', pkcs12],
      ...['-in', client.certificate, '-inkey', client.key],
    ]);
    const shown: readonly (readonly [what: string, args: readonly string[]])[] = [
      ['certificate and key', ['--cert', client.certificate, '--key', client.key]],
      ['a bundle of both', ['--cert', client.bundle]],
      ['PKCS#12', ['--cert-type', 'P12', '--cert', `${pkcs12}:secret`]],
      ['TLS 1.2', ['--tls-max', '1.2', '--cert', client.bundle]],
      ['HTTP/2', ['--http2', '--cert', client.bundle]],
      ['HTTP/1.0', ['--http1.0', '--cert', client.bundle]],
    ];
    for (const [what, args] of shown) {
      await t.test(`admitted with ${what}`, async () => {
        const count = backend.heads.length;
        const { status, stderr } = await ask('--cacert', ca, ...args);
        assert.equal(status, 200, stderr);
        assert.equal(backend.heads.length, count + 1);
        assert.ok(headerLines(backend.heads.at(-1) ?? '').includes(`X-SSL-Client-S-DN: ${clientDn}`));
      });
    }

    const refused: readonly (readonly [what: string, args: readonly string[], code: ErrorCode])[] = [
      ['no certificate', [], 'client-certificate-missing'],
      ['no certificate on TLS 1.2', ['--tls-max', '1.2'], 'client-certificate-missing'],
      ['a certificate of another CA of the same name', ['--cert', stranger.bundle], 'client-certificate-invalid'],
      ['the same on TLS 1.2', ['--tls-max', '1.2', '--cert', stranger.bundle], 'client-certificate-invalid'],
    ];
    for (const [what, args, code] of refused) {
      await t.test(`refused with ${what}, and the backend hears nothing`, async () => {
        const before = backend.received;
        const said = new Set(gateway.lines);
        const { exitCode, status } = await ask('--cacert', ca, ...args);
        assert.equal(status, 0);
        // 35: the handshake failed; 52, 55, 56: the connection was closed before there was an answer.
        // 18: cut after the request was sent, where the refusal came later than the handshake.
        assert.ok([18, 35, 52, 55, 56].includes(exitCode), String(exitCode));
        await gateway.lineWhere((line) => !said.has(line) && line.code === code);
        assert.equal(backend.received, before);
      });
    }

    await t.test('curl refuses the gateway where it trusts another CA', async () => {
      const before = backend.received;
      const { exitCode } = await ask('--cacert', strangerCa, '--cert', client.bundle);
      assert.equal(exitCode, 60);
      assert.equal(backend.received, before);
    });
  });
}
