// Which bytes may stand where in an HTTP/1.1 head: one table for each rule of the grammar, a byte in, 1 or 0 out.

export const byte = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  slash: 0x2f,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  semicolon: 0x3b,
  equals: 0x3d,
  backslash: 0x5c,
} as const;

/** `tchar` (RFC 9110 section 5.6.2): names of fields and methods. */
export const isTokenByte = tableOf((code) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code)));

/** `field-vchar`, SP and HTAB (RFC 9110 section 5.5): no control characters, CR, LF and NUL among them. */
export const isValueByte = tableOf((code) => code === 0x09 || (code >= 0x20 && code !== 0x7f));

/** `OWS` (RFC 9110 section 5.6.3). */
export const isBlankByte = tableOf((code) => code === 0x09 || code === 0x20);

/** Visible ASCII: all that a request target may hold (RFC 3986 appendix A). */
export const isTargetByte = tableOf((code) => code > 0x20 && code < 0x7f);

/** What a hexadecimal digit stands for; 255 for any other byte. */
export const hexValue: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

/** Lower case of ASCII letters; every other byte is itself. */
export const lowerCase: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 0x41 && code <= 0x5a ? code + 0x20 : code,
);

function tableOf(holds: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (holds(code) ? 1 : 0));
}
