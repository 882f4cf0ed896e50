// Header fields that belong to one connection and never travel on (RFC 9110 section 7.6.1): the fixed ones, and
// those that a Connection header names.

/** Lower case. Content-Length is not among them: on a request the transport sets it, on a response it is kept. */
export const hopByHopNames: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
]);

/**
 * Fields meant for the final recipient, which a Connection header may not name (RFC 9110 section 7.6.1 forbids a
 * sender to). One who does hopes that a proxy strips what it added or checked itself, so the name is not obeyed.
 */
const endToEndNames: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'origin',
  'range',
  'set-cookie',
  'strict-transport-security',
  'vary',
]);

/**
 * The names that Connection headers nominate for removal, lower case; undefined when they nominate none beside
 * `close`, `keep-alive` and `upgrade`.
 *
 * @param headers name and value in turn
 */
export function nominatedNames(headers: readonly string[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const options = (headers[i + 1] as string).toLowerCase();
    if (options === 'keep-alive' || options === 'close') continue;
    for (const option of options.split(',')) {
      const nominated = option.trim();
      if (nominated === '' || nominated === 'close' || nominated === 'keep-alive' || nominated === 'upgrade') continue;
      if (endToEndNames.has(nominated)) continue;
      names ??= new Set();
      names.add(nominated);
    }
  }
  return names;
}
