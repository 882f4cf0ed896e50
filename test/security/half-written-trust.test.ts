// Attack by accident: a CA bundle or a revocation list is read while it is being written. OpenSSL skips what it cannot
// read, and would then trust somebody, or forget that somebody was revoked.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate, makeCrl, runOpenssl } from '../support/openssl.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const otherCa = makeCa(directory, 'other-ca');
const otherClient = makeCertificate(directory, { ca: otherCa, name: 'other-client' });
const revoked = makeCertificate(directory, { ca, name: 'revoked' });
const pemList = readFileSync(makeCrl(ca, { revoked: [revoked.certificate] }));
const derList = readFileSync(derOf(join(directory, 'ca.crl')));
const bundle = Buffer.concat([readFileSync(ca.certificate), readFileSync(otherCa.certificate)]);

const step = 64;

/**
 * Every prefix whose length is a multiple of `step`, the empty one first. Left out is one that ends with a block, where
 * nobody could tell that something is missing.
 */
function prefixesOf(content: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(content.length / step) }, (_, index) =>
    content.subarray(0, index * step),
  ).filter((prefix) => !/-----END [ -~]+-----\n?$/.test(prefix.toString('latin1')));
}

function derOf(list: string): string {
  const file = join(directory, 'ca.der');
  runOpenssl(['crl', '-in', list, '-outform', 'DER', '-out', file]);
  return file;
}

for (const [form, list] of [
  ['PEM', pemList],
  ['DER', derList],
  ['PEM behind another list', Buffer.concat([readFileSync(makeCrl(otherCa)), pemList])],
] as const) {
  test(`a revocation list in ${form} that is cut anywhere un-revokes nobody`, async (t) => {
    const file = join(directory, 'cut.crl');
    writeFileSync(file, list);
    const { gateway, served, refused } = await startGuardedGateway(t, trust, { clients: { crl: file } });
    const isRevoked = { code: 'client-certificate-invalid', verifyError: 'certificate revoked' } as const;
    await refused({ identity: revoked }, isRevoked);
    const attack = async (why: string): Promise<void> => {
      await refused({ identity: revoked }, isRevoked);
      await served({ identity: client });
      // The files are watched as well: one more look may be told beside those asked for.
      const told = gateway.lines.filter(({ code }) => code === 'crl-invalid' || code === 'pem-invalid').length;
      assert.ok(told >= cuts, why);
    };
    let cuts = 0;
    const prefixes = prefixesOf(list);
    for (const prefix of prefixes) {
      writeFileSync(file, prefix);
      assert.equal(await gateway.running.reload(), false, `taken into use when cut at ${prefix.length}`);
      cuts += 1;
    }
    await attack('each cut is told in the log');
    assert.ok(gateway.observer.counters.snapshot().reloads.failed >= prefixes.length);
    writeFileSync(file, list);
    assert.equal(await gateway.running.reload(), true);
    await attack('the whole list is no fault');
  });
}

test('a CA bundle that is cut anywhere admits nobody else and shuts nobody out', async (t) => {
  const file = join(directory, 'bundle.crt');
  writeFileSync(file, bundle);
  const { gateway, served, refused } = await startGuardedGateway(t, trust, { clients: { ca: file } });
  const [stranger] = [makeCertificate(directory, { name: 'stranger' })];
  for (const prefix of prefixesOf(bundle)) {
    writeFileSync(file, prefix);
    assert.equal(await gateway.running.reload(), false, `taken into use when cut at ${prefix.length}`);
  }
  const codes = new Set(gateway.lines.filter(({ level }) => level === 50).map(({ code }) => code));
  assert.deepEqual(codes, new Set(['ca-empty', 'pem-invalid']));
  await served({ identity: client });
  await served({ identity: otherClient });
  await refused({ identity: stranger }, { code: 'client-certificate-invalid', verifyError: 'self-signed certificate' });
  writeFileSync(file, bundle);
  assert.equal(await gateway.running.reload(), true);
  await served({ identity: otherClient });
});

for (const kind of ['certificate', 'key'] as const) {
  test(`a ${kind} of the server that is cut anywhere changes nothing`, async (t) => {
    const whole = readFileSync(trust.server[kind]);
    const file = join(directory, `cut-server-${kind}.pem`);
    writeFileSync(file, whole);
    const { gateway, served, refused } = await startGuardedGateway(t, trust, { tls: { [kind]: file } });
    const { serverFingerprint } = await served({ identity: client });
    const stranger = makeCertificate(directory, { name: `stranger-${kind}` });
    for (const prefix of prefixesOf(whole)) {
      writeFileSync(file, prefix);
      assert.equal(await gateway.running.reload(), false, `taken into use when cut at ${prefix.length}`);
    }
    assert.equal((await served({ identity: client })).serverFingerprint, serverFingerprint);
    const isStranger = { code: 'client-certificate-invalid', verifyError: 'self-signed certificate' } as const;
    await refused({ identity: stranger }, isStranger);
    const other = readFileSync(trust.client[kind]);
    writeFileSync(file, other);
    assert.equal(await gateway.running.reload(), false, 'a whole one that does not fit the other');
    writeFileSync(file, whole);
    assert.equal(await gateway.running.reload(), true);
  });
}
