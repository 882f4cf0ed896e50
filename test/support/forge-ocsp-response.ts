// OCSP responses that no sound responder would send, with signatures that are good all the same.

import { createPrivateKey, hash, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Certificate } from '../../src/x509/certificate.ts';
import { derTags, parseDer } from '../../src/x509/der.ts';
import { der, elements, octets, oid, sequence } from './der-writer.ts';

export interface ForgedAnswer {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** DER of a CertStatus; default: good. */
  readonly status?: Buffer;
  /** Default: now. */
  readonly thisUpdate?: Date;
  /** null: none. Default: in a minute. */
  readonly nextUpdate?: Date | null;
  /** DER Extension elements. */
  readonly extensions?: readonly Buffer[];
  /** Hash function of the CertID, by OID and name; default SHA-1. */
  readonly hash?: readonly [string, string];
}

export interface ForgedResponse {
  readonly answers: readonly ForgedAnswer[];
  /** Path of a P-256 or RSA key. */
  readonly key: string;
  /** Who it says it is signed by: DER of a ResponderID. */
  readonly responderId: Buffer;
  /** Default: now. */
  readonly producedAt?: Date;
  readonly certificates?: readonly Certificate[];
  /** DER Extension elements. */
  readonly extensions?: readonly Buffer[];
  /** OID and digest; default: ECDSA with SHA-256. */
  readonly algorithm?: readonly [string, string];
}

export const goodStatus = der(0x80);
export const unknownStatus = der(0x82);
export const revokedStatus = (at: Date): Buffer => der(0xa1, time(at));

/** An Extension element with `critical` set. */
export const criticalExtension = (type: string, content: Buffer): Buffer =>
  sequence(oid(type), der(derTags.boolean, Buffer.from([0xff])), octets(content));

/** ResponderID by name. */
export const byName = (certificate: Certificate): Buffer => der(0xa1, fieldsOf(certificate).subject);
/** ResponderID by key. */
export const byKey = (certificate: Certificate): Buffer =>
  der(0xa2, octets(hash('sha1', fieldsOf(certificate).key, 'buffer')));

export function forgeOcspResponse(forged: ForgedResponse): Buffer {
  const { producedAt = new Date(), certificates = [], extensions = [], responderId } = forged;
  const [algorithm, digest] = forged.algorithm ?? ['1.2.840.10045.4.3.2', 'sha256'];
  const tbs = sequence(
    responderId,
    time(producedAt),
    sequence(...forged.answers.map(singleResponse)),
    ...(extensions.length === 0 ? [] : [der(0xa1, sequence(...extensions))]),
  );
  const signature = sign(digest, tbs, createPrivateKey(readFileSync(forged.key)));
  const basic = sequence(
    tbs,
    sequence(oid(algorithm)),
    der(derTags.bitString, Buffer.from([0]), signature),
    ...(certificates.length === 0 ? [] : [der(0xa0, sequence(...certificates.map((one) => one.der)))]),
  );
  return wrapBasicResponse(basic);
}

/** A successful OCSPResponse around a BasicOCSPResponse. */
export function wrapBasicResponse(basic: Buffer): Buffer {
  return sequence(der(0x0a, Buffer.from([0])), der(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))));
}

/** An OCSPResponse without an answer. */
export const failedResponse = (status: number): Buffer => sequence(der(0x0a, Buffer.from([status])));

function singleResponse(answer: ForgedAnswer): Buffer {
  const { status = goodStatus, thisUpdate = new Date(), extensions = [] } = answer;
  const { nextUpdate = new Date(Date.now() + 60_000) } = answer;
  const [hashOid, hashName] = answer.hash ?? ['1.3.14.3.2.26', 'sha1'];
  const certId = sequence(
    sequence(oid(hashOid)),
    octets(hash(hashName, fieldsOf(answer.certificate).issuer, 'buffer')),
    octets(hash(hashName, fieldsOf(answer.issuer).key, 'buffer')),
    fieldsOf(answer.certificate).serial,
  );
  return sequence(
    certId,
    status,
    time(thisUpdate),
    ...(nextUpdate === null ? [] : [der(0xa0, time(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [der(0xa1, sequence(...extensions))]),
  );
}

const time = (date: Date): Buffer => der(derTags.generalizedTime, date.toISOString().replaceAll(/[-:T]|\.\d+/g, ''));

function fieldsOf({ der: bytes }: Certificate): { serial: Buffer; issuer: Buffer; subject: Buffer; key: Buffer } {
  const [, serial, , issuer, , subject, spki] = elements(elementOf(bytes)) as [Buffer, ...Buffer[]];
  const [, bits] = elements(parseDer(spki as Buffer).content);
  const key = parseDer(bits as Buffer).content.subarray(1);
  return { serial: serial as Buffer, issuer: issuer as Buffer, subject: subject as Buffer, key };
}

/** Content of the signed part. */
const elementOf = (certificate: Buffer): Buffer =>
  parseDer(elements(parseDer(certificate).content)[0] as Buffer).content;
