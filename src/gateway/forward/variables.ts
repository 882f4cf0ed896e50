// The value of a $variable: an exchange and a name of config/variables.ts in, a byte string out (one character,
// one byte). The empty string where there is nothing; a log writes `-` for it, a header leaves the line out.

import { MutualError } from '../../errors.ts';
import type { Exchange } from './exchange.ts';
import { certificateVariables } from './variables/certificate.ts';
import type { FamilyReader, Reader, VariableContext } from './variables/reader.ts';
import { requestFamilies, requestVariables } from './variables/request.ts';
import { responseFamilies, responseVariables } from './variables/response.ts';
import { timeVariables } from './variables/time.ts';
import { traceVariables } from './variables/trace.ts';

const exact = new Map<string, Reader>(
  [requestVariables, responseVariables, certificateVariables, timeVariables, traceVariables].flatMap((table) =>
    Object.entries(table),
  ),
);
const families = [requestFamilies, responseFamilies].flatMap((table) => Object.entries<FamilyReader>(table));

/** Variables that are the same for every request of one connection on one route, as long as the identity is. */
const connectionConstant: ReadonlySet<string> = new Set([
  'remote_addr',
  'remote_port',
  'server_addr',
  'server_port',
  'server_name',
  'connection',
  'http2',
  'scheme',
  'https',
  'hostname',
  'pid',
  'route',
  'upstream_name',
  'proxy_host',
  ...Object.keys(certificateVariables).filter((name) => name !== 'ssl_client_v_remain'),
]);

export function isConnectionConstant(name: string): boolean {
  return connectionConstant.has(name);
}

/**
 * The reader of one variable, for a caller that reads it for every request.
 *
 * @param name lower case, without `$`
 * @throws MutualError `internal` for a name that config/variables.ts does not know
 */
export function variableReader(name: string): Reader {
  const reader = exact.get(name);
  if (reader !== undefined) return reader;
  const family = families.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length);
  if (family === undefined) throw new MutualError('internal', `the variable $${name} has no value`);
  const [prefix, readerOf] = family;
  return readerOf(name.slice(prefix.length));
}

/** The value of one variable. */
export function variableOf(exchange: Exchange, name: string, context: VariableContext = {}): string {
  return variableReader(name)(exchange, context);
}
