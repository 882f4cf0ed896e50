// Signs a certificate revocation list: the revoked serials in, a version 2 CRL with a number out, in DER.
import { MutualError } from '../errors.ts';
import { type Crl, parseCrl, verifyCrlSignature } from '../x509/crl.ts';
import { type RevocationReason, reasonCodeOf } from './revocation-reason.ts';
import { keyIdentifierOf, type Signer, signingAlgorithmOf, signingKeyOf } from './signer.ts';
import { encodedSubjectOf } from './subject.ts';
import { loadX509Library } from './x509-library.ts';

/** One revoked certificate. */
export interface Revocation {
  /** Upper-case hex. */
  readonly serial: string;
  readonly revokedAt: Date;
  readonly reason: RevocationReason | undefined;
}

export interface CrlContents {
  /** The CRLNumber, hex; higher than that of every earlier list (RFC 5280 section 5.2.3). */
  readonly number: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revocations: readonly Revocation[];
}

const crlNumberOid = '2.5.29.20';

/** Signs a list. */
export async function signCrl(signer: Signer, contents: CrlContents): Promise<Crl> {
  const { AuthorityKeyIdentifierExtension, Extension, Name, X509CrlGenerator } = await loadX509Library();
  const signed = await X509CrlGenerator.create({
    issuer: new Name(await encodedSubjectOf(signer.certificate)),
    thisUpdate: contents.thisUpdate,
    nextUpdate: contents.nextUpdate,
    signingAlgorithm: signingAlgorithmOf(signer.key),
    signingKey: signingKeyOf(signer.key),
    extensions: [
      new AuthorityKeyIdentifierExtension(await keyIdentifierOf(signer.certificate)),
      new Extension(crlNumberOid, false, encodeInteger(contents.number)),
    ],
    entries: contents.revocations.map(({ serial, revokedAt, reason }) => {
      const code = reason === undefined ? undefined : reasonCodeOf(reason);
      return { serialNumber: serial, revocationDate: revokedAt, ...(code === undefined ? {} : { reason: code }) };
    }),
  });
  const crl = parseCrl(Buffer.from(signed.rawData));
  if (!verifyCrlSignature(crl, signer.certificate)) {
    throw new MutualError('internal', 'the revocation list just signed does not verify against its CA');
  }
  return crl;
}

/** A DER INTEGER that is not negative. */
function encodeInteger(hex: string): Buffer {
  const digits = hex.replace(/^(00)+(?=..)/, '');
  const bytes = Buffer.from(digits, 'hex');
  const content = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, content.length]), content]);
}
