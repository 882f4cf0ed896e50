// What may stand in a header: checks of names and values, and the one way in which the gateway makes a value of
// its own safe. Values are byte strings: one character, one byte (latin1), as Node hands them over.

/** Token of RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What Node's validateHeaderValue and RFC 9110 section 5.5 refuse: controls but tab, and what is no byte. */
const invalidValue = /[^\t\x20-\x7e\x80-\xff]/;

/** CR, LF and NUL end or cut a field and let the next one be forged. */
const splitting = /[\0\r\n]/;

const unprintable = /[^\x20-\x7e]/;

export function isHeaderName(name: string): boolean {
  return token.test(name);
}

export function isHeaderValue(value: string): boolean {
  return !invalidValue.test(value);
}

export function canSplitHeaders(value: string): boolean {
  return splitting.test(value);
}

/**
 * A value that the gateway sets: printable ASCII, every other byte as `%XX`. What reaches this from a certificate is
 * printable already; `$uri` and the like hold whatever the client has percent-encoded, line breaks included.
 */
export function printableValue(bytes: string): string {
  if (!unprintable.test(bytes)) return bytes;
  return bytes.replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) as number;
    if (code > 0xff) return encodeURIComponent(character.toWellFormed());
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** Unicode text as the byte string of its UTF-8. */
export function byteString(text: string): string {
  return unprintable.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
