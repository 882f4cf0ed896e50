// Attack: the file of the client CA is empty, or gets emptied. To Node no CA means the public roots, and whatever has been
// added to them: every certificate that anybody ever bought would open the gateway.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import type { ErrorCode } from '../../src/errors.ts';
import { MutualError } from '../../src/errors.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client, server } = trust;
const publicCa = makeCa(directory, 'public-ca');
const stranger = makeCertificate(directory, { ca: publicCa, name: 'stranger', eku: 'clientAuth' });

const publicRoots = tls.getCACertificates('default');
/** The stranger's CA becomes one of those that Node trusts where nothing else is said. */
before(() => tls.setDefaultCACertificates([...publicRoots, readText(publicCa.certificate)]));
after(() => tls.setDefaultCACertificates(publicRoots));

test('the stranger would be admitted where the public roots count', async (t) => {
  const options = { cert: readText(server.certificate), key: readText(server.key), requestCert: true };
  const naive = tls.createServer({ ...options, ca: '' });
  t.after(() => naive.close());
  await new Promise<void>((resolve) => naive.listen(0, '127.0.0.1', resolve));
  const admitted = new Promise<boolean>((resolve) =>
    naive.once('secureConnection', (peer) => resolve(peer.authorized)),
  );
  const { port } = naive.address() as { port: number };
  const socket = tls.connect({
    port,
    cert: readText(stranger.certificate),
    key: readText(stranger.key),
    rejectUnauthorized: false,
  });
  t.after(() => socket.destroy());
  assert.equal(await admitted, true);
});

const contents: readonly (readonly [what: string, content: string | undefined, code: ErrorCode])[] = [
  ['is empty', '', 'ca-empty'],
  ['holds whitespace', ' \n\t\r\n', 'ca-empty'],
  ['holds a byte order mark', '\ufeff', 'ca-empty'],
  ['holds words', 'to be filled in\n', 'ca-empty'],
  ['holds a key alone', readText(ca.key), 'ca-empty'],
  ['holds an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n', 'pem-invalid'],
  ['holds a block of garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'certificate-invalid'],
  ['is gone', undefined, 'file-unreadable'],
];

for (const refuse of ['handshake', 'http']) {
  for (const verify of ['required', 'optional']) {
    for (const [what, content, code] of contents) {
      test(`a CA file that ${what} admits nobody (verify: ${verify}, refuse: ${refuse})`, async (t) => {
        const file = join(directory, 'clients.crt');
        const clients = { ca: file, refuse, verify };
        write(file, content);
        await assert.rejects(startGuardedGateway(t, trust, { clients }), (error) => {
          assert.ok(error instanceof MutualError);
          assert.equal(error.code, code);
          assert.ok(error.message.includes(file), error.message);
          return true;
        });

        write(file, readText(ca.certificate));
        const { gateway, served, refused } = await startGuardedGateway(t, trust, { clients });
        await served({ identity: client });
        write(file, content);
        assert.equal(await gateway.running.reload(), false);
        const { msg } = await gateway.lineWhere((line) => line.code === code);
        assert.match(msg, /^reload failed, the configuration before it stays in force: /);
        for (const version of tlsVersions) {
          const refusal = {
            code: 'client-certificate-invalid',
            verifyError: 'unable to verify the first certificate',
            status: refuse === 'http' ? 400 : 0,
          } as const;
          await refused({ identity: stranger, version }, refusal);
          await served({ identity: client, version });
        }
      });
    }
  }
}

test('where no certificate is asked for none is believed either', async (t) => {
  const { backend, served } = await startGuardedGateway(t, trust, { clients: { verify: 'none', ca: undefined } });
  await served({ identity: stranger });
  assert.doesNotMatch(backend.received, /X-SSL-Client-(?!Verify: NONE)/i);
});

function write(file: string, content: string | undefined): void {
  if (content === undefined) rmSync(file);
  else writeFileSync(file, content);
}

function readText(file: string): string {
  return readFileSync(file, 'latin1');
}
