// Signs a certificate revocation list: the revoked serials in, a version 2 CRL with a number out, in DER.
import { MutualError } from '../errors.ts';
import { type Crl, parseCrl, verifyCrlSignature } from '../x509/crl.ts';
import { constructed, primitive } from '../x509/der.ts';
import {
  encodeDer,
  encodeInteger,
  encodeOctets,
  encodeOid,
  encodeSequence,
  encodeTime,
  encodeWholeBits,
} from '../x509/der-writer.ts';
import { extensionOids } from '../x509/extensions.ts';
import { type RevocationReason, reasonCodeOf } from './revocation-reason.ts';
import { encodedAlgorithmOf, keyIdentifierOf, type Signer, signWith } from './signer.ts';
import { encodedSubjectOf } from './subject.ts';

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

/** CRLReason of an entry (RFC 5280 section 5.3.1). */
const reasonOid = '2.5.29.21';
const enumerated = 0x0a;

/**
 * Signs a list. Written here and not by the certificate library, which compares every entry with every other: ten
 * thousand of them took it many seconds.
 */
export async function signCrl(signer: Signer, contents: CrlContents): Promise<Crl> {
  const algorithm = encodedAlgorithmOf(signer.key);
  const tbs = encodeSequence([
    encodeInteger('01'), // version 2
    algorithm,
    await encodedSubjectOf(signer.certificate),
    encodeTime(contents.thisUpdate),
    encodeTime(contents.nextUpdate),
    ...encodeRevocations(contents.revocations),
    encodeDer(constructed(0), [
      encodeSequence([
        encodeExtension(extensionOids.authorityKeyId, encodeAuthorityKeyId(await keyIdentifierOf(signer.certificate))),
        encodeExtension(extensionOids.crlNumber, encodeInteger(contents.number)),
      ]),
    ]),
  ]);
  const crl = parseCrl(encodeSequence([tbs, algorithm, encodeWholeBits(signWith(signer.key, tbs))]));
  if (!verifyCrlSignature(crl, signer.certificate)) {
    throw new MutualError('internal', 'the revocation list just signed does not verify against its CA');
  }
  return crl;
}

/** RFC 5280 section 5.1.2.6: where nothing is revoked there is no list of entries, not an empty one. */
function encodeRevocations(revocations: readonly Revocation[]): Buffer[] {
  return revocations.length === 0 ? [] : [encodeSequence(revocations.map(encodeRevocation))];
}

function encodeRevocation({ serial, revokedAt, reason }: Revocation): Buffer {
  const code = reason === undefined ? undefined : reasonCodeOf(reason);
  const entry = [encodeInteger(serial), encodeTime(revokedAt)];
  if (code !== undefined) {
    entry.push(encodeSequence([encodeExtension(reasonOid, encodeDer(enumerated, [Buffer.from([code])]))]));
  }
  return encodeSequence(entry);
}

/** An extension that is not critical. */
function encodeExtension(oid: string, value: Buffer): Buffer {
  return encodeSequence([encodeOid(oid), encodeOctets(value)]);
}

function encodeAuthorityKeyId(keyId: string): Buffer {
  return encodeSequence([encodeDer(primitive(0), [Buffer.from(keyId, 'hex')])]);
}
