// The subject of a certificate as a person writes it: RFC 4514 text, or openssl's `/O=…/CN=…`, in; relative names in
// certificate order out. What cannot be encoded as RFC 5280 wants it is refused, never silently changed.
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Name as ParsedName } from '../x509/name.ts';
import { type AttributeDefinition, attributeOf } from './subject-attributes.ts';
import { loadX509Library } from './x509-library.ts';

/** One attribute of a subject. */
export interface SubjectAttribute {
  readonly oid: string;
  readonly value: string;
}

/** Relative distinguished names in the order of the certificate (the reverse of RFC 4514's text). */
export type Subject = readonly (readonly SubjectAttribute[])[];

const commonNameOid = '2.5.4.3';

/** How a text is taken apart. */
interface SubjectForm {
  readonly separator: string;
  readonly hasQuotes: boolean;
  readonly unescape: (raw: string) => string;
}

const rfc4514Form: SubjectForm = { separator: ',', hasQuotes: true, unescape: unescapeRfc4514 };
const slashForm: SubjectForm = { separator: '/', hasQuotes: false, unescape: (raw) => raw.replaceAll(/\\(.)/gs, '$1') };

/**
 * Reads a subject.
 *
 * RFC 4514 (`CN=client-a,OU=Sales,O=Company A`) is what `$ssl_client_s_dn` prints: the most specific part first. The
 * form of `openssl req -subj` (`/O=Company A/OU=Sales/CN=client-a`), which starts with a slash, goes the other way.
 *
 * @throws MutualError `usage`, naming the part that is wrong.
 */
export function parseSubject(text: string): Subject {
  if (text.trim() === '') throw new MutualError('usage', 'the subject is empty');
  const form = text.startsWith('/') ? slashForm : rfc4514Form;
  const levels = splitUnescaped(form === slashForm ? text.slice(1) : text, form.separator, form.hasQuotes);
  const inOrder = form === slashForm ? levels : levels.reverse();
  return inOrder.map((level) => {
    const parts = splitUnescaped(level, '+', form.hasQuotes);
    const attributes = parts.map((part) => parseAttribute(part, text, form));
    // X.501 section 9.3: one level of a name holds each type once.
    if (new Set(attributes.map(({ oid }) => oid)).size < attributes.length) {
      throw new MutualError('usage', `the subject "${text}" joins two values of one type with "+"`);
    }
    return attributes;
  });
}

/** The subject with a common name as its most specific part, unless it has one already. */
export function withCommonName(subject: Subject, commonName: string): Subject {
  const definition = attributeOf(commonNameOid);
  if (commonNameOf(subject) !== undefined || definition === undefined) return subject;
  return [...subject, [checkAttribute(definition, commonName)]];
}

/** The last (most specific) common name. */
export function commonNameOf(subject: Subject): string | undefined {
  return subject.flat().findLast((attribute) => attribute.oid === commonNameOid)?.value;
}

/** The subject in DER. */
export async function encodeSubject(subject: Subject): Promise<Buffer> {
  const { Name } = await loadX509Library();
  const rdns = await Promise.all(
    subject.map(async (attributes) => {
      const encoded = (await inDerOrder(attributes)).map(({ oid, value }) => {
        return [oid, [{ [attributeOf(oid)?.encoding ?? 'utf8String']: value }]];
      });
      return Object.fromEntries(encoded);
    }),
  );
  return Buffer.from(new Name(rdns).toArrayBuffer());
}

/** The subject of a certificate in DER, as it stands there. */
export async function encodedSubjectOf(certificate: Certificate): Promise<Buffer> {
  const { X509Certificate } = await loadX509Library();
  return Buffer.from(new X509Certificate(certificate.der).subjectName.toArrayBuffer());
}

/** The subject of a certificate as a value of the same kind; values that are no text are left out. */
export function subjectOf(name: ParsedName): Subject {
  return name.map((rdn) => rdn.flatMap(({ oid, value }) => (value === undefined ? [] : [{ oid, value }])));
}

/** The form of `openssl req -subj` (with `-utf8`). */
export function printSlashSubject(subject: Subject): string {
  return subject
    .map((attributes) => {
      const texts = attributes.map(
        ({ oid, value }) => `${attributeOf(oid)?.name ?? oid}=${value.replaceAll(/[\\/+]/g, '\\$&')}`,
      );
      return `/${texts.join('+')}`;
    })
    .join('');
}

/** DER orders a SET OF by the encodings of its members (X.690 section 11.6). */
async function inDerOrder(attributes: readonly SubjectAttribute[]): Promise<readonly SubjectAttribute[]> {
  if (attributes.length < 2) return attributes;
  const encoded = await Promise.all(
    attributes.map(async (attribute) => ({ attribute, der: await encodeSubject([[attribute]]) })),
  );
  return encoded.sort((a, b) => Buffer.compare(a.der, b.der)).map(({ attribute }) => attribute);
}

function parseAttribute(part: string, whole: string, form: SubjectForm): SubjectAttribute {
  const equals = part.indexOf('=');
  if (equals < 1) {
    throw new MutualError('usage', `"${part.trim()}" in the subject "${whole}" is not of the form TYPE=value`);
  }
  const type = part.slice(0, equals).trim();
  const definition = attributeOf(type);
  if (definition === undefined) {
    throw new MutualError('usage', `unknown attribute type "${type}" in the subject "${whole}"`);
  }
  const raw = part.slice(equals + 1);
  if (form === rfc4514Form && /^\s*#([0-9a-f]{2})+\s*$/i.test(raw)) {
    throw new MutualError('usage', `the subject's ${type} is hexadecimal; write it as text`);
  }
  return checkAttribute(definition, form.unescape(raw));
}

function checkAttribute(definition: AttributeDefinition, value: string): SubjectAttribute {
  const { oid, name, maxLength, pattern, rule } = definition;
  const fail = (why: string): never => {
    throw new MutualError('usage', `the subject's ${name} "${value}" ${why}`);
  };
  if (value === '') fail('is empty');
  if (/[\p{Cc}\ufffd]/u.test(value)) fail('contains a control character or is no valid text');
  if ([...value].length > maxLength) fail(`is longer than ${maxLength} characters`);
  if (pattern !== undefined && !pattern.test(value)) fail(rule ?? 'is not valid');
  return { oid, value };
}

function splitUnescaped(text: string, separator: string, hasQuotes: boolean): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') {
      part += character + text.charAt(at + 1);
      at += 1;
    } else if (character === separator && !quoted) {
      parts.push(part);
      part = '';
    } else {
      if (hasQuotes && character === '"') quoted = !quoted;
      part += character;
    }
  }
  return [...parts, part];
}

/** RFC 4514 section 3: a value with its escapes (`\,`, `\2C`), or RFC 2253's quotes, taken off. */
function unescapeRfc4514(raw: string): string {
  const trimmed = raw.replace(/^ +/, '').replace(/(?<!\\) +$/, '');
  const quoted = /^"(.*)"$/s.exec(trimmed)?.[1] ?? trimmed;
  const bytes: Buffer[] = [];
  for (const [match] of quoted.matchAll(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+|\\$/gs)) {
    const hex = /^\\([0-9A-Fa-f]{2})$/.exec(match)?.[1];
    bytes.push(hex === undefined ? Buffer.from(match.replace(/^\\/, '')) : Buffer.from(hex, 'hex'));
  }
  return Buffer.concat(bytes).toString();
}
