// Texts of one character a byte, which is how requests and responses are held: what came in any encoding goes out
// unchanged. Texts of the configuration are UTF-8 and become such texts once, when they are compiled.

const plain = /^[\0-\x7f]*$/;

/** A text of the configuration as the bytes of its UTF-8, one character a byte. */
export function toBinary(text: string): string {
  return plain.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** A name of a file as the file system takes it. */
export function toPath(binary: string): string | Buffer {
  return plain.test(binary) ? binary : Buffer.from(binary, 'latin1');
}
