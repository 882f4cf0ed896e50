// A certificate signing request (PKCS#10, RFC 2986) from somebody else: bytes in, what may be used of it out. It is a
// stranger's text: only its key, its subject and (if asked) its names count, and each is checked before.

import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Pkcs10CertificateRequest } from '@peculiar/x509';
import { MutualError, messageOf } from '../errors.ts';
import { type AltNames, parseAltNames } from '../x509/alt-names.ts';
import { purposeOids } from '../x509/certification-path.ts';
import { attributeValues, type Name, parseName, printRfc2253 } from '../x509/name.ts';
import { parsePem } from '../x509/pem.ts';
import { type AltName, altNamesOf, checkAltName } from './alt-name.ts';
import { weaknessOfKey } from './key-spec.ts';
import type { Profile } from './profiles.ts';
import { loadX509Library, type X509Library } from './x509-library.ts';

/** A request that is well-formed, signed by its own key, and asks for nothing that is refused to everybody. */
export interface CertificateRequest {
  /** In DER. */
  readonly subject: Buffer;
  readonly subjectName: Name;
  readonly subjectDn: string;
  readonly commonName: string | undefined;
  readonly publicKey: KeyObject;
  /** The alternative names that it asks for, as far as they can be certified. */
  readonly altNames: readonly AltName[];
  /** Why the names cannot be taken over; undefined if they can. */
  readonly altNamesFault: string | undefined;
  /** The purposes that it asks for, as far as this CA has them. */
  readonly purposes: readonly Profile[];
}

const subjectAltNameOid = '2.5.29.17';
/** RFC 7468 section 7: the second is what old programs write. */
const labels = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];
const acceptedHashes = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Reads a request in PEM or DER and checks it.
 *
 * @param source name of the file, for errors.
 * @throws MutualError `csr-refused` with the reason, or `pem-invalid`.
 */
export async function parseCertificateRequest(content: Buffer, source: string): Promise<CertificateRequest> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new MutualError('csr-refused', `${source}: ${why}`, { cause });
  };
  const der = derOf(content, source) ?? refuse('this is no certificate signing request');
  try {
    const library = await loadX509Library();
    return await readRequest(library, new library.Pkcs10CertificateRequest(der), refuse);
  } catch (error) {
    if (error instanceof MutualError) throw error;
    return refuse(`this is no certificate signing request: ${messageOf(error)}`, error);
  }
}

type Refuse = (why: string, cause?: unknown) => never;

async function readRequest(
  library: X509Library,
  request: Pkcs10CertificateRequest,
  refuse: Refuse,
): Promise<CertificateRequest> {
  const publicKey = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
  const weakness = weaknessOfKey(publicKey);
  if (weakness !== undefined) refuse(weakness);
  await checkSignature(request, refuse);
  checkAskedAuthority(library, request, refuse);
  const subject = Buffer.from(request.subjectName.toArrayBuffer());
  const subjectName = parseName(subject);
  checkSubject(subjectName, refuse);
  return {
    subject,
    subjectName,
    subjectDn: printRfc2253(subjectName),
    commonName: attributeValues(subjectName, 'commonName').at(-1),
    publicKey,
    ...askedAltNames(request),
    purposes: askedPurposes(library, request),
  };
}

/** Proof that whoever asks holds the private key; without it anybody could have another's key certified. */
async function checkSignature(request: Pkcs10CertificateRequest, refuse: Refuse): Promise<void> {
  const { name = 'an unknown algorithm', hash }: { name?: string; hash?: { name: string } } =
    request.signatureAlgorithm;
  if (name !== 'Ed25519' && name !== 'EdDSA' && !acceptedHashes.includes(hash?.name ?? '')) {
    refuse(`it is signed with ${hash?.name ?? name}, which is not accepted: use SHA-256`);
  }
  const verified = await request.verify().catch(() => false);
  if (!verified) refuse('its signature is wrong: it was changed after signing, or its sender does not hold the key');
}

function checkAskedAuthority(library: X509Library, request: Pkcs10CertificateRequest, refuse: Refuse): void {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension } = library;
  const signing = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  for (const extension of request.extensions) {
    if (extension instanceof BasicConstraintsExtension && extension.ca) {
      refuse('it asks for a CA certificate (CA:TRUE); only client and server certificates are signed');
    }
    if (extension instanceof KeyUsagesExtension && (extension.usages & signing) !== 0) {
      refuse('it asks for the right to sign certificates or revocation lists');
    }
  }
}

/** A name that people cannot read the way programs do has no place in a certificate. */
function checkSubject(subject: Name, refuse: Refuse): void {
  for (const { value, oid } of subject.flat()) {
    if (value === undefined) refuse(`its subject has a value (of type ${oid}) that is no valid text`);
    else if (/\p{Cc}/u.test(value)) refuse('its subject contains a control character');
  }
}

/** A name that is not copied may be as it likes: requests of a Windows domain carry names of its own types. */
function askedAltNames(request: Pkcs10CertificateRequest): Pick<CertificateRequest, 'altNames' | 'altNamesFault'> {
  const extension = request.getExtension(subjectAltNameOid);
  if (extension === null) return { altNames: [], altNamesFault: undefined };
  try {
    const names: AltNames = parseAltNames(Buffer.from(extension.value));
    const strange = names.other.length + names.directoryName.length + names.malformed > 0;
    const altNamesFault = strange
      ? 'some alternative names are malformed, or neither DNS, IP, URI nor e-mail'
      : undefined;
    return { altNames: altNamesOf({ altNames: names }).map(checkAltName), altNamesFault };
  } catch (error) {
    return { altNames: [], altNamesFault: messageOf(error) };
  }
}

function askedPurposes(library: X509Library, request: Pkcs10CertificateRequest): Profile[] {
  const extension = request.extensions.find((candidate) => candidate instanceof library.ExtendedKeyUsageExtension);
  const asked = extension?.usages ?? [];
  return (['client', 'server'] as const).filter((profile) => asked.includes(purposeOids[profile]));
}

function derOf(content: Buffer, source: string): Buffer | undefined {
  // A DER request is a SEQUENCE, and no text starts with this byte and a length.
  if (content[0] === 0x30 && content.indexOf('-----BEGIN') === -1) return content;
  return parsePem(content, source).find(({ label }) => labels.includes(label))?.der;
}
