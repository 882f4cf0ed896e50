// What variables put into a message, made safe to be written: a line end or a NUL in a value, which a client can bring
// in decoded (`%0d%0a` in `$uri`), would end the header, or the message. The real nginx writes them as they are.

/** Control characters and the space: in a request line each of them ends the target for some reader. */
const notInTarget = /[\0-\x20\x7f]/g;
const notInValue = /[\0\r\n]/g;
/** nginx's `$ssl_client_cert`: a folded header, every line of which is part of the value. */
const foldedCertificate = /^-----BEGIN CERTIFICATE-----(?:\n\t[A-Za-z0-9+/=]{1,64})+\n\t-----END CERTIFICATE-----$/;

/** A request target: what may not stand in it is escaped, and nothing else. */
export function safeTarget(target: string): string {
  return target.replace(notInTarget, escaped);
}

/** The value of a header or trailer: line ends and NULs are escaped, and nothing else. */
export function safeValue(value: string): string {
  if (value.search(notInValue) === -1 || foldedCertificate.test(value)) return value;
  return value.replace(notInValue, escaped);
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
