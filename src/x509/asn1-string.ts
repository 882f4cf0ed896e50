// The string types of ASN.1 that names are made of: a DER element in, text out, decoded as OpenSSL decodes it.

import { isUtf8 } from 'node:buffer';
import { type DerElement, derTags, refuseDer } from './der.ts';

const singleByteTags: ReadonlySet<number> = new Set([
  derTags.numericString,
  derTags.printableString,
  derTags.t61String,
  derTags.ia5String,
  derTags.visibleString,
]);

/**
 * Unicode text of a string; undefined for an element of another type. Bytes of T61String, and bytes beyond ASCII of
 * its relatives, are read as Latin-1, which is what they hold in practice.
 *
 * @throws MutualError `certificate-invalid` for text that is malformed in its encoding, as OpenSSL refuses it
 */
export function decodeAsn1String(element: DerElement): string | undefined {
  const { tag, content } = element;
  if (tag === derTags.utf8String) return decodeUtf8(content);
  if (singleByteTags.has(tag)) return content.toString('latin1');
  if (tag === derTags.bmpString) return decodeUtf16(content);
  if (tag === derTags.universalString) return decodeUtf32(content);
  return undefined;
}

function decodeUtf8(content: Buffer): string {
  if (!isUtf8(content)) refuseDer('UTF8String is not UTF-8');
  return content.toString('utf8');
}

/** A BMPString is of the basic plane alone: surrogates, even in pairs, are malformed. */
function decodeUtf16(content: Buffer): string {
  if (content.length % 2 !== 0) refuseDer('BMPString of an odd length');
  const text = Buffer.from(content).swap16().toString('utf16le');
  if (/[\ud800-\udfff]/.test(text)) refuseDer('BMPString holds surrogates');
  return text;
}

function decodeUtf32(content: Buffer): string {
  if (content.length % 4 !== 0) refuseDer('UniversalString of a length that is no multiple of four');
  const characters: string[] = [];
  for (let at = 0; at < content.length; at += 4) {
    const codePoint = content.readUInt32BE(at);
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    if (codePoint > 0x10ffff || isSurrogate) refuseDer('UniversalString holds what is no character');
    characters.push(String.fromCodePoint(codePoint));
  }
  return characters.join('');
}
