// Attack: the list that revokes is the second one of a file, or stands beside another list of the same CA. Node reads the
// first list of a file only, and OpenSSL asks one list of an issuer only.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const otherCa = makeCa(directory, 'other-ca');
const otherClient = makeCertificate(directory, { ca: otherCa, name: 'other-client' });
const revoked = makeCertificate(directory, { ca, name: 'revoked' });
const hourMs = 3_600_000;
const sameTime = new Date(Date.now() - hourMs);
const older = makeCrl(ca, { name: 'older', thisUpdate: new Date(Date.now() - 2 * hourMs) });
const before = makeCrl(ca, { name: 'before', thisUpdate: sameTime });
const revoking = makeCrl(ca, { name: 'revoking', thisUpdate: sameTime, revoked: [revoked.certificate] });
const otherList = makeCrl(otherCa);
const isRevoked = { code: 'client-certificate-invalid', verifyError: 'certificate revoked' } as const;

const files: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'second in its file': [[otherList, revoking]],
  'first in its file': [[revoking, otherList]],
  'in a file of its own': [[otherList], [revoking]],
  'behind an older one of the same CA': [[older, revoking, otherList]],
  'before an older one of the same CA': [[revoking, older, otherList]],
  'behind one that the same CA made in the same second': [[before, revoking, otherList]],
  'before one that the same CA made in the same second': [[revoking], [before, otherList]],
};

for (const [place, lists] of Object.entries(files)) {
  test(`a list counts that stands ${place}`, async (t) => {
    const crl = lists.map((parts, index) => {
      const file = join(directory, `lists-${index}.crl`);
      writeFileSync(file, Buffer.concat(parts.map((part) => readFileSync(part))));
      return file;
    });
    const clients = { ca: [ca.certificate, otherCa.certificate], crl };
    const { served, refused } = await startGuardedGateway(t, trust, { clients });
    for (const version of tlsVersions) {
      await refused({ identity: revoked, version }, isRevoked);
      await served({ identity: client, version });
      await served({ identity: otherClient, version });
    }
  });
}

for (const version of tlsVersions) {
  test(`a second list that is added to the file ends sessions and the open connection (${version})`, async (t) => {
    const file = join(directory, `grows-${version}.crl`);
    writeFileSync(file, Buffer.concat([otherList, older].map((part) => readFileSync(part))));
    const clients = { ca: [ca.certificate, otherCa.certificate], crl: file };
    const { gateway, backend, served, refused } = await startGuardedGateway(t, trust, { clients });
    const { session } = await served({ identity: revoked, version });
    const options = tlsOptionsOf({ port: 0, ca: ca.certificate, identity: revoked, version });
    const open = await connectRaw(t, { port: gateway.port() }, options);
    open.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await open.until('\r\n\r\nok');
    writeFileSync(file, Buffer.concat([otherList, older, revoking].map((part) => readFileSync(part))));
    await open.closed;
    const { outcome } = await refused({ identity: revoked, version, session }, isRevoked);
    assert.ok(!outcome.resumed);
    await served({ identity: otherClient, version });
    assert.equal(backend.heads.length, 3);
  });
}
