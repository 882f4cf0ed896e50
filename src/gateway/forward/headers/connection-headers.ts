// The part of an upstream request's header that is the same for every request of one connection on one route:
// address, scheme, identity, constant settings of the operator. Made at the first request and kept.

import type { ErrorCode } from '../../../errors.ts';
import type { Connection } from '../../accept/connection.ts';
import type { Authentication } from '../../authenticate/authentication.ts';
import type { Permit } from '../../authorize/decision.ts';
import type { Exchange } from '../exchange.ts';
import type { VariableContext } from '../variables/reader.ts';
import type { Header } from './conventions/convention.ts';
import { xfccName } from './conventions/envoy.ts';
import { type ForwardedClientCert, forwardedClientCert } from './conventions/forwarded-client-cert.ts';
import type { HeaderPlan, HeaderSetting } from './header-plan.ts';
import { printableValue } from './header-value.ts';
import { identityHeaders, identityTooLarge, maxCertificateBytes } from './identity-headers.ts';

/** The request must not be forwarded: what has to be told does not fit. */
export interface HeaderRefusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  /** For the log. */
  readonly reason: string;
}

export interface ConnectionHeaders {
  readonly kind: 'headers';
  /** Name and value in turn. */
  readonly headers: readonly string[];
  /** The same as lines of HTTP/1, one character a byte; may be kept and copied as long as this object is current. */
  readonly text: string;
  /** Whether the client is a trusted proxy, whose X-Forwarded-* are believed. */
  readonly trusted: boolean;
  /** What becomes of the client's own X-Forwarded-Client-Cert; undefined: it is removed. Decided for each request. */
  readonly clientCert: ForwardedClientCert | undefined;
}

/** Bytes. */
const maxSettingBytes = maxCertificateBytes;

/**
 * @param isTrusted is this the address of a proxy whose X-Forwarded-* are believed?
 */
export function connectionHeaders(
  plan: HeaderPlan,
  exchange: Exchange,
  permit: Permit,
  isTrusted: (address: string) => boolean,
  context: VariableContext,
): ConnectionHeaders | HeaderRefusal {
  const { connection } = exchange;
  const { authentication } = permit;
  const trusted = isTrusted(connection.client.address);
  const identity = identityHeaders(authentication, plan.identity, plan.gateway);
  const clientCert = forwardedClientCert(authentication, plan.identity, plan.gateway, trusted);
  const appended: Header[] = clientCert?.kind === 'append' ? [[xfccName, clientCert.element]] : [];
  const tooLarge = identityTooLarge(authentication, plan.identity, [...identity, ...appended]);
  if (tooLarge !== undefined) return { kind: 'refused', code: 'client-certificate-invalid', reason: tooLarge };
  const own: Header[] = [['X-Real-IP', connection.client.address]];
  // What a trusted proxy says of these stands in its request; then they are made anew for each.
  if (!trusted) {
    own.push(['X-Forwarded-For', connection.client.address]);
    own.push(['X-Forwarded-Proto', connection.tls === undefined ? 'http' : 'https']);
  }
  own.push(...identity);
  const headers = own
    .filter(([name]) => !plan.isSetByOperator(name))
    .flatMap(([name, value]) => [name, printableValue(value)]);
  for (const setting of plan.settings) {
    if (!setting.constant) continue;
    const refusal = pushSetting(headers, setting, exchange, context);
    if (refusal !== undefined) return refusal;
  }
  const text = headerText(headers);
  return {
    kind: 'headers',
    headers,
    text,
    trusted,
    clientCert: plan.isSetByOperator(xfccName) ? undefined : clientCert,
  };
}

/** Fields that say where the body ends, or belong to the connection: whoever sends the request sets them. */
const framingFields: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'keep-alive']);

export function isFramingField(name: string): boolean {
  return framingFields.has(name.toLowerCase());
}

/** Lines of HTTP/1 with their ends; fields that frame the body are left out. @param headers name and value in turn */
export function headerText(headers: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isFramingField(name)) parts.push(name, ': ', headers[i + 1] as string, '\r\n');
  }
  // Joined, it is one string; added up it would be thirty of them that point to each other, kept with each connection.
  return parts.join('');
}

/** Adds the operator's header, unless its value is empty. */
export function pushSetting(
  headers: string[],
  setting: HeaderSetting,
  exchange: Exchange,
  context: VariableContext,
): HeaderRefusal | undefined {
  const value = printableValue(setting.render(exchange, context));
  if (value === '') return undefined;
  if (value.length > maxSettingBytes) {
    const reason = `the header ${setting.name} would take ${value.length} bytes; at most ${maxSettingBytes} are sent`;
    return { kind: 'refused', code: 'head-too-large', reason };
  }
  headers.push(setting.name, value);
  return undefined;
}

interface Kept {
  readonly authentication: Authentication;
  readonly made: ConnectionHeaders | HeaderRefusal;
}

/**
 * Remembers `connectionHeaders` for each connection and route. A connection that was judged anew (another
 * authentication) gets them made anew.
 */
export function createConnectionHeaderCache(): typeof connectionHeaders {
  const byConnection = new WeakMap<Connection, WeakMap<HeaderPlan, Kept>>();
  return (plan, exchange, permit, isTrusted, context) => {
    let byPlan = byConnection.get(exchange.connection);
    if (byPlan === undefined) {
      byPlan = new WeakMap();
      byConnection.set(exchange.connection, byPlan);
    }
    const kept = byPlan.get(plan);
    if (kept !== undefined && kept.authentication === permit.authentication) return kept.made;
    const made = connectionHeaders(plan, exchange, permit, isTrusted, context);
    byPlan.set(plan, { authentication: permit.authentication, made });
    return made;
  };
}
