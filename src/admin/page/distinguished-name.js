// A distinguished name (RFC 4514) in, what a person looks for in it out: the common name, and the rest.

/**
 * @param {string} dn
 * @returns {{ readonly name: string, readonly rest: string }} `rest` is empty where there is nothing more
 */
export function splitName(dn) {
  const parts = splitParts(dn);
  const at = parts.findIndex((part) => /^CN=./i.test(part));
  if (at === -1) return { name: parts[0] ?? '(no name)', rest: parts.slice(1).join(', ') };
  const name = unescapeValue((parts[at] ?? '').slice(3));
  return { name, rest: parts.filter((_, index) => index !== at).join(', ') };
}

/**
 * Splits at commas that no backslash stands before.
 * @param {string} dn
 */
function splitParts(dn) {
  return (dn.match(/(?:\\.|[^,\\])+/gs) ?? []).map((part) => part.trim());
}

/**
 * `\,` is a comma; bytes in hex stay what they are, for they need not be text.
 * @param {string} value
 */
function unescapeValue(value) {
  return value.replaceAll(/\\([ "#+,;<=>\\])/g, '$1');
}
