// OCSP responses with random damage: they may still say what they said, or be refused; nothing else may happen.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { MutualError } from '../../../src/errors.ts';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { type OcspStatus, verifyOcspResponse } from '../../../src/x509/ocsp.ts';
import { buildOcspRequest } from '../../../src/x509/ocsp-request.ts';
import { parseOcspResponse } from '../../../src/x509/ocsp-response.ts';
import { answerOcsp, revoke } from '../../support/ocsp.ts';
import { type CertificateFiles, makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const leaf = makeCertificate(directory, { ca, name: 'leaf' });
const delegate = makeCertificate(directory, { ca, name: 'delegate', extensions: ['extendedKeyUsage = OCSPSigning'] });
const [issuer, certificate] = [ca, leaf].map(certificateOf) as [Certificate, Certificate];
const nonce = Buffer.alloc(32, 1);
const nowMs = Date.now();
revoke(ca, leaf, 'superseded');

function certificateOf(files: CertificateFiles): Certificate {
  const [found] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(found);
  return found;
}

function judge(response: Buffer): OcspStatus {
  return verifyOcspResponse(parseOcspResponse(response), { certificate, issuer, nonce, requireNonce: true, nowMs });
}

interface Damage {
  readonly kind: 'set' | 'flip' | 'insert' | 'remove' | 'cut' | 'repeat';
  readonly at: number;
  readonly byte: number;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('set', 'flip', 'flip', 'insert', 'remove', 'cut', 'repeat'),
  at: fc.nat(),
  byte: fc.oneof(fc.constantFrom(0, 1, 2, 0x30, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xff), fc.nat(255)),
});

function apply(bytes: Buffer, { kind, at, byte }: Damage): Buffer {
  const index = bytes.length === 0 ? 0 : at % bytes.length;
  const [head, tail] = [bytes.subarray(0, index), bytes.subarray(index)];
  if (kind === 'cut') return head;
  if (kind === 'remove') return Buffer.concat([head, tail.subarray(1)]);
  if (kind === 'insert') return Buffer.concat([head, Buffer.from([byte]), tail]);
  if (kind === 'repeat') return Buffer.concat([head, tail.subarray(0, byte), tail]);
  const replaced = kind === 'set' ? byte : (tail[0] ?? 0) ^ (1 << (byte % 8));
  return Buffer.concat([head, Buffer.from([replaced]), tail.subarray(1)]);
}

for (const [name, signer] of [
  ['the CA', ca],
  ['a responder of the CA', delegate],
] as const) {
  test(`a response signed by ${name}`, () => {
    const original = answerOcsp(ca, buildOcspRequest({ certificate, issuer, nonce }), { signer });
    const status = judge(original);
    assert.equal(status.status, 'revoked');
    let refusals = 0;
    const property = fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
      try {
        assert.deepEqual(judge(all.reduce(apply, original)), status);
      } catch (error) {
        assert.ok(error instanceof MutualError && error.code === 'ocsp-invalid', String(error));
        assert.doesNotMatch(error.message, /\n/);
        refusals += 1;
      }
    });
    fc.assert(property, { seed: 20_261_123, numRuns: 3000 });
    // What is left reads as before: damage to a certificate beside it that nobody needs.
    assert.ok(refusals > 2700, String(refusals));
  });
}
