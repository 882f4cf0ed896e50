// Header names that a configuration may set: a name in, the name out, or the reason why it may not be set.

import { MutualError } from '../errors.ts';

/** The connection's own headers (RFC 9110 7.6.1): the gateway writes them, nobody else may. */
const framing = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** The name as written; throws `config-invalid` when it is no token or belongs to the connection. */
export function parseHeaderName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    throw new MutualError('config-invalid', `"${name}" is not the name of a header`);
  }
  if (framing.has(name.toLowerCase())) {
    throw new MutualError('config-invalid', `${name} belongs to the connection and cannot be set`);
  }
  return name;
}
