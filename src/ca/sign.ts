// Signs somebody else's request: a CSR in, NAME.crt out. The key stays where it was made, so there is no NAME.key. Of
// what the request asks for, only the subject is taken over, and its names if the operator says so.
import { MutualError } from '../errors.ts';
import { canonicalName, parseName } from '../x509/name.ts';
import { type AltName, parseAltNameTexts, printAltName } from './alt-name.ts';
import { fileModes } from './ca-directory.ts';
import { type CertificateRequest, parseCertificateRequest } from './certificate-request.ts';
import { type CaContext, certify, refuseDuplicates } from './certify.ts';
import { entryNameFor, parseEntryName } from './entry-name.ts';
import { altNamesFor, chainPem, type IssuedCertificate, refuseTakenName } from './issue.ts';
import { spkiSha256Of } from './key-spec.ts';
import { defaultDays, type Profile } from './profiles.ts';
import { encodeSubject, parseSubject, withCommonName } from './subject.ts';
import { createFile } from './write-file.ts';

export interface SignRequest {
  /** PEM or DER. */
  readonly csr: Buffer;
  /** Name of the file that it came from, for errors. */
  readonly source: string;
  /** Default: the common name of the request. */
  readonly name?: string;
  /** Default: client, whatever the request asks for. */
  readonly profile?: Profile;
  /** Instead of the request's own. */
  readonly subject?: string;
  readonly altNames?: readonly string[];
  /** Take the alternative names of the request over as well. */
  readonly copyAltNames?: boolean;
  readonly days?: number;
  readonly crlUrls?: readonly string[];
  readonly allowDuplicate?: boolean;
}

/** @throws MutualError `csr-refused` with the reason, `usage`, `store-exists`, and what reading the CA throws. */
export async function signRequest(context: CaContext, order: SignRequest): Promise<IssuedCertificate> {
  const request = await parseCertificateRequest(order.csr, order.source);
  const name = nameFor(order, request);
  const profile = order.profile ?? 'client';
  const subject = await subjectFor(order, request, name);
  const copied = order.copyAltNames === true ? copiedAltNames(order, request) : [];
  const given = uniqueNames([...parseAltNameTexts(order.altNames ?? []), ...copied]);
  const altNames = altNamesFor(profile, given, request.commonName ?? name);
  await refuseTakenName(context, name);
  refuseAuthorityName(context, subject.parsed);
  if (order.allowDuplicate !== true) {
    await refuseDuplicates(context, { subject: subject.parsed, spkiSha256: spkiSha256Of(request.publicKey) });
  }
  noticeUnanswered(context, order, request, profile);
  const { publicKey } = request;
  const days = order.days ?? defaultDays[profile];
  const crlUrls = order.crlUrls ?? [];
  const certificate = await certify(context, { profile, subject: subject.encoded, publicKey, altNames, days, crlUrls });
  const files = context.directory.entryPaths(name);
  await createFile(files.certificate, chainPem(context, certificate), fileModes.public);
  return { name, profile, certificate, files, hasKey: false };
}

/** The name of a signed request: what was said, or its common name. @throws MutualError `usage` */
export function nameFor(order: Pick<SignRequest, 'name' | 'source'>, request: CertificateRequest): string {
  if (order.name !== undefined) return parseEntryName(order.name);
  const name = request.commonName === undefined ? undefined : entryNameFor(request.commonName);
  if (name !== undefined) return name;
  const why =
    request.commonName === undefined ? 'has no common name' : `has the CN "${request.commonName}", no file name`;
  throw new MutualError('usage', `${order.source} ${why}: say how to call it with --name`);
}

async function subjectFor(order: SignRequest, request: CertificateRequest, name: string) {
  const isEmpty = request.subjectName.length === 0;
  const given = order.subject === undefined ? undefined : parseSubject(order.subject);
  const encoded =
    given === undefined && !isEmpty
      ? request.subject
      : await encodeSubject(withCommonName(given ?? [], request.commonName ?? name));
  return { encoded, parsed: parseName(encoded) };
}

function copiedAltNames({ source }: SignRequest, { altNames, altNamesFault }: CertificateRequest): readonly AltName[] {
  if (altNamesFault === undefined) return altNames;
  throw new MutualError('csr-refused', `${source}: its names cannot be taken over: ${altNamesFault}`);
}

/** A leaf that is called like its CA would send verifiers in circles, and people astray. */
function refuseAuthorityName(context: CaContext, subject: Parameters<typeof canonicalName>[0]): void {
  if (canonicalName(subject) !== canonicalName(context.authority.certificate.subject)) return;
  throw new MutualError('csr-refused', 'it asks for the name of the CA itself');
}

function noticeUnanswered(context: CaContext, order: SignRequest, request: CertificateRequest, profile: Profile): void {
  if (request.altNames.length > 0 && order.copyAltNames !== true) {
    const asked = request.altNames.map(printAltName).join(', ');
    context.onNotice(`the request asks for the names ${asked}; they are not taken over without --copy-san`);
  }
  const [other] = request.purposes.filter((purpose) => purpose !== profile);
  if (other !== undefined && !request.purposes.includes(profile)) {
    context.onNotice(
      `the request asks for a ${other} certificate; this is one for a ${profile} (--${other} makes the other)`,
    );
  }
}

function uniqueNames(names: readonly AltName[]): AltName[] {
  return [...new Map(names.map((name) => [printAltName(name), name])).values()];
}
