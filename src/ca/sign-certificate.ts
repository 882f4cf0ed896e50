// Signs root and leaf certificates: what shall stand in one comes in as a value, a certificate that verifies goes out.
// Every extension of every certificate of this CA is chosen here; nothing is copied from a request.
import type { KeyObject } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import { MutualError } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import type { AltName } from './alt-name.ts';
import type { KeyPair } from './key-spec.ts';
import type { ProfilePlan, Validity } from './profiles.ts';
import {
  encodePublicKey,
  keyIdentifier,
  keyIdentifierOf,
  type Signer,
  signingAlgorithmOf,
  signingKeyOf,
} from './signer.ts';
import { encodedSubjectOf } from './subject.ts';
import { loadX509Library } from './x509-library.ts';

interface Contents {
  /** Upper-case hex, at most 20 octets. */
  readonly serial: string;
  /** In DER. */
  readonly subject: Buffer;
  readonly validity: Validity;
}

/** What stands in a root certificate. */
export interface RootContents extends Contents {
  readonly keys: KeyPair;
  /** How many CAs may stand between it and a leaf. Default: 0. */
  readonly pathLength?: number | undefined;
}

/** What stands in the certificate of an intermediate CA. */
export interface IntermediateContents extends Contents {
  readonly publicKey: KeyObject;
  readonly pathLength: number;
  readonly crlUrls: readonly string[];
}

/** What stands in a client's or server's certificate. */
export interface LeafContents extends Contents {
  readonly publicKey: KeyObject;
  readonly plan: ProfilePlan;
  readonly altNames: readonly AltName[];
  /** Where verifiers may fetch the revocation list; empty: the certificate names no such place. */
  readonly crlUrls: readonly string[];
}

const altNameTypes = { DNS: 'dns', IP: 'ip', URI: 'url', email: 'email' } as const;

/** Signs a self-signed root: it may sign leaves (`pathlen:0`, unless told otherwise) and revocation lists. */
export async function signRoot(contents: RootContents): Promise<Certificate> {
  const { privateKey, publicKey } = contents.keys;
  const library = await loadX509Library();
  const { keyCertSign, cRLSign } = library.KeyUsageFlags;
  const keyId = await keyIdentifier(publicKey);
  const root = await sign({ ...contents, publicKey, issuer: contents.subject, signingKey: privateKey }, [
    new library.BasicConstraintsExtension(true, contents.pathLength ?? 0, true),
    new library.KeyUsagesExtension(keyCertSign | cRLSign, true),
    new library.SubjectKeyIdentifierExtension(keyId),
    new library.AuthorityKeyIdentifierExtension(keyId),
  ]);
  return checkSigned(root, root);
}

/** Signs the certificate of a CA below this one. */
export async function signIntermediate(signer: Signer, contents: IntermediateContents): Promise<Certificate> {
  const { publicKey, pathLength, crlUrls } = contents;
  const library = await loadX509Library();
  const { keyCertSign, cRLSign } = library.KeyUsageFlags;
  const extensions: Extension[] = [
    new library.BasicConstraintsExtension(true, pathLength, true),
    new library.KeyUsagesExtension(keyCertSign | cRLSign, true),
    new library.SubjectKeyIdentifierExtension(await keyIdentifier(publicKey)),
    new library.AuthorityKeyIdentifierExtension(await keyIdentifierOf(signer.certificate)),
  ];
  if (crlUrls.length > 0) extensions.push(new library.CRLDistributionPointsExtension([...crlUrls]));
  const issuer = await encodedSubjectOf(signer.certificate);
  return checkSigned(await sign({ ...contents, issuer, signingKey: signer.key }, extensions), signer.certificate);
}

/** Signs a leaf certificate of a profile. */
export async function signLeaf(signer: Signer, contents: LeafContents): Promise<Certificate> {
  const { altNames, crlUrls, plan, publicKey } = contents;
  const library = await loadX509Library();
  const usage = plan.keyUsage.reduce((flags, name) => flags | library.KeyUsageFlags[name], 0);
  const extensions: Extension[] = [
    new library.BasicConstraintsExtension(false, undefined, true),
    new library.KeyUsagesExtension(usage, true),
    new library.ExtendedKeyUsageExtension([plan.extendedKeyUsage]),
    new library.SubjectKeyIdentifierExtension(await keyIdentifier(publicKey)),
    new library.AuthorityKeyIdentifierExtension(await keyIdentifierOf(signer.certificate)),
  ];
  if (altNames.length > 0) {
    const names = altNames.map(({ type, value }) => ({ type: altNameTypes[type], value }));
    extensions.push(new library.SubjectAlternativeNameExtension(names));
  }
  if (crlUrls.length > 0) extensions.push(new library.CRLDistributionPointsExtension([...crlUrls]));
  const issuer = await encodedSubjectOf(signer.certificate);
  return checkSigned(await sign({ ...contents, issuer, signingKey: signer.key }, extensions), signer.certificate);
}

interface SigningInput extends Contents {
  readonly publicKey: KeyObject;
  readonly issuer: Buffer;
  readonly signingKey: KeyObject;
}

async function sign(input: SigningInput, extensions: Extension[]): Promise<Certificate> {
  const { Name, PublicKey, X509CertificateGenerator } = await loadX509Library();
  const signed = await X509CertificateGenerator.create({
    serialNumber: input.serial,
    subject: new Name(input.subject),
    issuer: new Name(input.issuer),
    notBefore: input.validity.notBefore,
    notAfter: input.validity.notAfter,
    publicKey: new PublicKey(encodePublicKey(input.publicKey)),
    signingKey: signingKeyOf(input.signingKey),
    signingAlgorithm: signingAlgorithmOf(input.signingKey),
    extensions,
  });
  return parseCertificate(Buffer.from(signed.rawData));
}

/** OpenSSL's word on what was just signed: a certificate that does not verify never leaves this file. */
function checkSigned(certificate: Certificate, issuer: Certificate): Certificate {
  if (!certificate.x509.checkIssued(issuer.x509) || !certificate.x509.verify(issuer.x509.publicKey)) {
    throw new MutualError('internal', 'the certificate just signed does not verify against its CA');
  }
  return certificate;
}
