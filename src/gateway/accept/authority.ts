// A Host field or the authority of a URI comes in, the name in it goes out, as nginx's $host has it. Anything
// that a server behind us might cut at another place than we do is no name at all.

import { isIPv6 } from 'node:net';

const label = '[A-Za-z0-9_~-]+';
const pattern = new RegExp(`^(\\[[0-9A-Fa-f:.]+\\]|${label}(?:\\.${label})*\\.?)(?::([0-9]{0,5}))?$`);

/** RFC 1035 §3.1 allows 255 bytes on the wire; longer ones only cost us time. */
const maxHostLength = 255;

/**
 * The host of `host[:port]` (RFC 3986 §3.2): lower case, without the port and one trailing dot; an IPv6 address keeps
 * its brackets. Undefined when the text is nothing of the kind.
 *
 * Of a reg-name only the unreserved characters are taken: `%2e` may be a dot to the next reader, `,` and `;` would
 * split X-Forwarded-Host and Forwarded, and no DNS name has any of them. An empty label (`a..b`) is refused as in
 * nginx (ngx_http_validate_host).
 */
export function parseAuthority(authority: string): string | undefined {
  const match = pattern.exec(authority);
  if (match === null) return undefined;
  const written = match[1] as string;
  if (Number(match[2] ?? 0) > 65_535) return undefined;
  if (written.startsWith('[') && !isIPv6(written.slice(1, -1))) return undefined;
  const host = written.endsWith('.') ? written.slice(0, -1) : written;
  return host.length > maxHostLength ? undefined : host.toLowerCase();
}
