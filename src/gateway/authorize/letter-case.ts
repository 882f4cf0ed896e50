// Text without its letter case: what a program sees that takes no notice of it (file systems of Windows and macOS,
// IIS, Express unless told otherwise).

/** Through upper case, because `ſ` and `ı` are `S` and `I` there, and the Kelvin sign is `k` in lower case alone. */
export function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/** The same for bytes in latin1 that may be UTF-8. */
export function foldBytes(bytes: string): string {
  return foldCase(/[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes);
}
