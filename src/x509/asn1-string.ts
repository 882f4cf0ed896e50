// The string types of ASN.1 that names are made of: a DER element in, text out, decoded as OpenSSL decodes it.

import { isUtf8 } from 'node:buffer';
import { derTags, refuseDer } from './der.ts';

const singleByteTags: ReadonlySet<number> = new Set([
  derTags.numericString,
  derTags.printableString,
  derTags.t61String,
  derTags.ia5String,
  derTags.visibleString,
]);

/**
 * Unicode text of a string, well-formed; undefined for other types and for text that is malformed in its encoding.
 * T61String is read as Latin-1, which is what it holds in practice.
 *
 * @throws MutualError `certificate-invalid` for a wide string of a length that none can have
 */
export function decodeAsn1String(tag: number, content: Buffer): string | undefined {
  if (tag === derTags.utf8String) return isUtf8(content) ? content.toString('utf8') : undefined;
  if (singleByteTags.has(tag)) return content.toString('latin1');
  if (tag === derTags.bmpString) return decodeUtf16(content);
  if (tag === derTags.universalString) return decodeUtf32(content);
  return undefined;
}

/** Does the tag stand for one of the string types above? */
export function isAsn1String(tag: number): boolean {
  return (
    tag === derTags.utf8String ||
    singleByteTags.has(tag) ||
    tag === derTags.bmpString ||
    tag === derTags.universalString
  );
}

/** BMPString has no surrogates, but issuers write them for characters beyond the basic plane. */
function decodeUtf16(content: Buffer): string | undefined {
  if (content.length % 2 !== 0) refuseDer('BMPString of an odd length');
  const text = Buffer.from(content).swap16().toString('utf16le');
  return text.isWellFormed() ? text : undefined;
}

function decodeUtf32(content: Buffer): string | undefined {
  if (content.length % 4 !== 0) refuseDer('UniversalString of a length that is no multiple of four');
  const characters: string[] = [];
  for (let at = 0; at < content.length; at += 4) {
    const codePoint = content.readUInt32BE(at);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return undefined;
    characters.push(String.fromCodePoint(codePoint));
  }
  return characters.join('');
}
