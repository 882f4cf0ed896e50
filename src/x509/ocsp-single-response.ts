// What a response says of one certificate (SingleResponse, RFC 6960 section 4.2.1): a DER element in, a value out.

import { unknownCriticalExtensions } from './critical-extensions.ts';
import { constructed, type DerElement, type DerReader, derTags, primitive, refuseDer } from './der.ts';
import { parseSmallInteger, parseTime } from './der-values.ts';
import { readExtensions } from './extensions.ts';
import { type CertId, parseCertId } from './ocsp-cert-id.ts';

export interface SingleResponse {
  readonly certId: CertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Of a revoked certificate alone. */
  readonly revokedAt: Date | undefined;
  /** CRLReason by its name in RFC 5280 section 5.3.1; undefined if none is given. */
  readonly reason: string | undefined;
  /** When this was known to be so. */
  readonly thisUpdate: Date;
  /** When there will be something newer at the latest; undefined: at any time. */
  readonly nextUpdate: Date | undefined;
}

export const enumeratedTag = 0x0a;

const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
];

/** @throws MutualError `certificate-invalid` */
export function parseSingleResponse(element: DerElement): SingleResponse {
  const fields = element.children();
  const certId = parseCertId(fields.read(derTags.sequence));
  const status = parseCertStatus(fields.read());
  const thisUpdate = parseTime(fields.read(derTags.generalizedTime));
  const nextUpdate = readWrapped(fields, 0, (content) => parseTime(content.read(derTags.generalizedTime)));
  readWrapped(fields, 1, (content) => parseResponseExtensions(content.read(derTags.sequence), noneUnderstood));
  fields.expectEnd();
  return { certId, ...status, thisUpdate, nextUpdate };
}

const noneUnderstood: ReadonlySet<string> = new Set();

/** @throws MutualError `certificate-invalid`, also for a critical extension that is not among those understood */
export function parseResponseExtensions(list: DerElement, understood: ReadonlySet<string>): Map<string, Buffer> {
  const [unknown] = unknownCriticalExtensions(list, understood);
  if (unknown !== undefined) refuseDer(`it has a critical extension that is not understood (${unknown})`);
  return readExtensions(list.children());
}

/** What is inside `[n] EXPLICIT`, all of it; undefined if the next element is another. */
export function readWrapped<T>(fields: DerReader, n: number, read: (content: DerReader) => T): T | undefined {
  const content = fields.readOptional(constructed(n))?.children();
  if (content === undefined) return undefined;
  const value = read(content);
  content.expectEnd();
  return value;
}

function parseCertStatus(element: DerElement): Pick<SingleResponse, 'status' | 'revokedAt' | 'reason'> {
  switch (element.tag) {
    case primitive(0):
    case primitive(2):
      if (element.content.length > 0) refuseDer('status is no NULL');
      return { status: element.tag === primitive(0) ? 'good' : 'unknown', revokedAt: undefined, reason: undefined };
    case constructed(1): {
      const fields = element.children();
      const revokedAt = parseTime(fields.read(derTags.generalizedTime));
      const reason = readWrapped(fields, 0, (content) => reasons[parseSmallInteger(content.read(enumeratedTag))]);
      fields.expectEnd();
      return { status: 'revoked', revokedAt, reason };
    }
    default:
      return refuseDer('status is neither good nor revoked nor unknown');
  }
}
