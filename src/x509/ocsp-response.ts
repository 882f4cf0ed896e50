// The answer of OCSP (RFC 6960 section 4.2): DER in, what it says out. Whether any of it may be believed is for the
// caller to ask with verifyOcspResponse.

import { MutualError, messageOf } from '../errors.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { constructed, type DerElement, type DerReader, derTags, parseDer, refuseDer } from './der.ts';
import { parseOid, parseSmallInteger, parseTime, parseWholeBits } from './der-values.ts';
import { type Name, parseNameElement } from './name.ts';
import { nonceOid } from './ocsp-request.ts';
import {
  enumeratedTag,
  parseResponseExtensions,
  parseSingleResponse,
  readWrapped,
  type SingleResponse,
} from './ocsp-single-response.ts';

/** How a responder names itself. */
export type ResponderId =
  | { readonly kind: 'name'; readonly name: Name }
  /** SHA-1 of its public key. */
  | { readonly kind: 'key'; readonly sha1: Buffer };

/** A BasicOCSPResponse, the only kind there is. */
export interface BasicOcspResponse {
  readonly responderId: ResponderId;
  readonly producedAt: Date;
  readonly responses: readonly SingleResponse[];
  /** The nonce that the response repeats; undefined if it has none. */
  readonly nonce: Buffer | undefined;
  /** Certificates that the responder sent; nothing says that they are its own. */
  readonly certificates: readonly Certificate[];
  /** What is signed. */
  readonly tbs: Buffer;
  /** The whole DER AlgorithmIdentifier of the signature. */
  readonly signatureAlgorithm: Buffer;
  readonly signatureAlgorithmOid: string;
  readonly signature: Buffer;
}

const failures = new Map([
  [1, 'malformedRequest'],
  [2, 'internalError'],
  [3, 'tryLater'],
  [5, 'sigRequired'],
  [6, 'unauthorized'],
] as const);

/** Why a responder gives no answer (OCSPResponseStatus). Not signed, so that anybody on the way can say it. */
export type OcspFailure = typeof failures extends Map<number, infer Value> ? Value : never;

export type OcspResponse =
  | { readonly responseStatus: 'successful'; readonly basic: BasicOcspResponse }
  | { readonly responseStatus: OcspFailure };

const basicOid = '1.3.6.1.5.5.7.48.1.1';
const understood: ReadonlySet<string> = new Set([nonceOid]);
/** A responder sends its own certificate, at most with its chain. Each costs a parse. */
const maxCertificates = 8;

/** @throws MutualError `ocsp-invalid` */
export function parseOcspResponse(der: Buffer): OcspResponse {
  try {
    return readResponse(der);
  } catch (error) {
    throw new MutualError('ocsp-invalid', `not a usable OCSP response: ${messageOf(error)}`, { cause: error });
  }
}

function readResponse(der: Buffer): OcspResponse {
  const outer = parseDer(der, derTags.sequence).children();
  const status = parseSmallInteger(outer.read(enumeratedTag));
  if (status !== 0) {
    const responseStatus = failures.get(status as Parameters<typeof failures.get>[0]);
    if (responseStatus === undefined) refuseDer(`unknown response status ${status}`);
    outer.expectEnd();
    return { responseStatus };
  }
  const wrapped = outer.read(constructed(0)).children();
  outer.expectEnd();
  const bytes = wrapped.read(derTags.sequence).children();
  wrapped.expectEnd();
  const type = parseOid(bytes.read(derTags.oid));
  if (type !== basicOid) refuseDer(`unknown type of response (${type})`);
  const basic = bytes.read(derTags.octetString).content;
  bytes.expectEnd();
  return { responseStatus: 'successful', basic: readBasicResponse(basic) };
}

function readBasicResponse(der: Buffer): BasicOcspResponse {
  const outer = parseDer(der, derTags.sequence).children();
  const tbs = outer.read(derTags.sequence);
  const algorithm = outer.read(derTags.sequence);
  const signature = parseWholeBits(outer.read(derTags.bitString));
  const certificates = readWrapped(outer, 0, (content) => parseCertificateList(content.read(derTags.sequence)));
  outer.expectEnd();

  const fields = tbs.children();
  const version = readWrapped(fields, 0, (content) => parseSmallInteger(content.read(derTags.integer)));
  if (version !== undefined && version !== 0) refuseDer('unknown version of response');
  const responderId = parseResponderId(fields.read());
  const producedAt = parseTime(fields.read(derTags.generalizedTime));
  const responses = parseEach(fields.read(derTags.sequence).children(), parseSingleResponse);
  const extensions = readWrapped(fields, 1, (content) =>
    parseResponseExtensions(content.read(derTags.sequence), understood),
  );
  fields.expectEnd();
  const nonce = extensions?.get(nonceOid);
  return {
    responderId,
    producedAt,
    responses,
    nonce: nonce === undefined ? undefined : parseDer(nonce, derTags.octetString).content,
    certificates: certificates ?? [],
    tbs: tbs.encoded,
    signatureAlgorithm: algorithm.encoded,
    signatureAlgorithmOid: parseOid(algorithm.children().read(derTags.oid)),
    signature,
  };
}

function parseResponderId(element: DerElement): ResponderId {
  const content = element.children();
  if (element.tag === constructed(1)) {
    const name = parseNameElement(content.read(derTags.sequence));
    content.expectEnd();
    return { kind: 'name', name };
  }
  if (element.tag !== constructed(2)) refuseDer('responder is named neither by name nor by key');
  const sha1 = content.read(derTags.octetString).content;
  content.expectEnd();
  return { kind: 'key', sha1 };
}

function parseCertificateList(list: DerElement): Certificate[] {
  const certificates = parseEach(list.children(), (element) => element.encoded);
  if (certificates.length > maxCertificates) refuseDer(`${certificates.length} certificates beside it`);
  return certificates.map((der) => parseCertificate(der));
}

function parseEach<T>(list: DerReader, parse: (element: DerElement) => T): T[] {
  const values: T[] = [];
  while (!list.atEnd) values.push(parse(list.read(derTags.sequence)));
  return values;
}
