// Makes a key and a certificate for a name: what a person asks for comes in, NAME.key, NAME.crt and NAME.pem come out.
// Nothing is overwritten: a name that has files already is refused before a key is made.
import type { KeyObject } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { parseName } from '../x509/name.ts';
import { type AltName, hostAltName, parseAltNameTexts } from './alt-name.ts';
import { fileModes } from './ca-directory.ts';
import { type CaContext, certify, refuseDuplicates } from './certify.ts';
import { parseEntryName } from './entry-name.ts';
import { generateKey, parseKeySpec } from './key-spec.ts';
import { defaultDays, type Profile } from './profiles.ts';
import type { EntryPaths } from './store-paths.ts';
import { encodeSubject, parseSubject, type Subject, withCommonName } from './subject.ts';
import { createFile } from './write-file.ts';

export interface IssueRequest {
  readonly name: string;
  readonly profile: Profile;
  /** `DNS:a.example`, `IP:10.0.0.1`, `URI:spiffe://…`, `email:…`, or bare. A server without any gets its own name. */
  readonly altNames?: readonly string[];
  /** RFC 4514 or openssl's slashes; the name becomes the CN unless there is one. */
  readonly subject?: string;
  readonly days?: number;
  /** `P-256` (default), `P-384`, `P-521`, `rsa:3072`, `ed25519`. */
  readonly key?: string;
  readonly crlUrls?: readonly string[];
  /** Encrypts the private key (PKCS#8, AES-256-CBC). */
  readonly keyPassphrase?: string;
  /** Allow a second valid certificate of the same subject. */
  readonly allowDuplicate?: boolean;
}

/** A certificate that lies in the directory under a name. */
export interface IssuedCertificate {
  readonly name: string;
  readonly profile: Profile;
  readonly certificate: Certificate;
  readonly files: EntryPaths;
  /** Whether the directory holds the private key as well; it does not where a request was signed. */
  readonly hasKey: boolean;
}

/** @throws MutualError `usage`, `store-exists`, `csr-refused` for a duplicate, and what reading the CA throws. */
export async function issueCertificate(context: CaContext, request: IssueRequest): Promise<IssuedCertificate> {
  const name = parseEntryName(request.name);
  const keySpec = parseKeySpec(request.key ?? 'P-256');
  if (request.keyPassphrase === '') throw new MutualError('usage', 'the passphrase of the key is empty');
  const subject = await encodeSubject(leafSubject(request.subject, name));
  const altNames = altNamesFor(request.profile, parseAltNameTexts(request.altNames ?? []), name);
  await refuseTakenName(context, name);
  if (request.allowDuplicate !== true) {
    await refuseDuplicates(context, { subject: parseName(subject), spkiSha256: undefined });
  }
  const { privateKey, publicKey } = await generateKey(keySpec);
  const days = request.days ?? defaultDays[request.profile];
  const order = { profile: request.profile, subject, publicKey, altNames, days, crlUrls: request.crlUrls ?? [] };
  const certificate = await certify(context, order);
  const files = await placeFiles(context, name, certificate, keyPem(privateKey, request.keyPassphrase));
  return { name, profile: request.profile, certificate, files, hasKey: true };
}

/** The subject that was asked for, with the name as its CN unless it has one. */
export function leafSubject(text: string | undefined, name: string): Subject {
  return withCommonName(text === undefined ? [] : parseSubject(text), name);
}

/**
 * The names of a certificate: a server must have one, since no client looks at its CN (RFC 9525 section 2).
 *
 * @param fallback what else the server is called; counts if it is a DNS name or an IP address.
 */
export function altNamesFor(profile: Profile, given: readonly AltName[], fallback: string): readonly AltName[] {
  if (profile === 'client' || given.length > 0) return given;
  const own = hostAltName(fallback);
  if (own !== undefined) return [own];
  throw new MutualError(
    'usage',
    `a server needs the names it is called by: --san DNS:service1.example ("${fallback}" is none)`,
  );
}

/** @throws MutualError `store-exists` if a file of this name is there already. */
export async function refuseTakenName(context: CaContext, name: string): Promise<void> {
  const [taken] = await context.directory.takenFiles(name);
  if (taken === undefined) return;
  throw new MutualError(
    'store-exists',
    `${taken} exists already, and nothing is overwritten: renew it with "renew ${name}", or choose another name`,
  );
}

/** What a server sends, or a client presents: the certificate, and the intermediate CAs above it. */
export function chainPem(context: CaContext, certificate: Certificate): string {
  return [certificate, ...context.authority.intermediates].map((part) => part.pem()).join('');
}

/** The key in PKCS#8; without a passphrase behind permissions alone, as most servers need it. */
export function keyPem(key: KeyObject, passphrase?: string): string {
  const plain = { type: 'pkcs8', format: 'pem' } as const;
  return key.export(passphrase === undefined ? plain : { ...plain, cipher: 'aes-256-cbc', passphrase }).toString();
}

async function placeFiles(
  context: CaContext,
  name: string,
  certificate: Certificate,
  key: string,
): Promise<EntryPaths> {
  const files = context.directory.entryPaths(name);
  const chain = chainPem(context, certificate);
  await createFile(files.key, key, fileModes.key);
  await createFile(files.bundle, chain + key, fileModes.key);
  // The certificate comes last: a name exists once it is there, with everything that belongs to it.
  await createFile(files.certificate, chain, fileModes.public);
  return files;
}
