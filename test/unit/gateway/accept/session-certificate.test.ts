// The certificate in sessions that real handshakes made.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { MutualError } from '../../../../src/errors.ts';
import { certificateOfSession } from '../../../../src/gateway/accept/session-certificate.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';
import { attemptTls, tlsVersions } from '../../../support/tls-client.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const served = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost' });
const identity = makeCertificate(directory, { ca, name: 'client', eku: 'clientAuth' });
const stranger = makeCertificate(directory, { name: 'stranger' });
const read = (file: string): Buffer => readFileSync(file);

for (const version of tlsVersions) {
  test(`${version}: whatever the client has shown, verified or not, fresh or resumed`, async (t) => {
    const found: (Buffer | undefined)[] = [];
    const server = tls.createServer(
      {
        cert: read(served.certificate),
        key: read(served.key),
        ca: read(ca.certificate),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (stream) => {
        const der = certificateOfSession(stream.getSession() as Buffer);
        found.push(der && Buffer.from(der));
        stream.on('error', () => stream.destroy());
        stream.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      },
    );
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { session } = await attemptTls(t, { port, ca: ca.certificate, version, identity });
    const { resumed } = await attemptTls(t, { port, ca: ca.certificate, version, identity, session });
    assert.equal(resumed, true);
    await attemptTls(t, { port, ca: ca.certificate, version, identity: stranger });
    await attemptTls(t, { port, ca: ca.certificate, version });
    const rawOf = ({ certificate }: { certificate: string }): Buffer => new X509Certificate(read(certificate)).raw;
    assert.deepEqual(found, [rawOf(identity), rawOf(identity), rawOf(stranger), undefined]);
  });
}

test('what is no session is refused', () => {
  for (const bytes of ['', '3003020101ff', '30820010020101', '0403020100']) {
    assert.throws(() => certificateOfSession(Buffer.from(bytes, 'hex')), MutualError);
  }
  assert.equal(certificateOfSession(Buffer.from('3003020101', 'hex')), undefined);
});
