// The header of a request toward the upstream: what the client sent and what is known of it in, a flat list of
// names and values out. First everything that a client could use to deceive is taken away, and only then is ours
// added, so that nothing the client sends can remove or double it. Framing (Content-Length, Transfer-Encoding) is
// not in the list: the transport that sends the body sets it.

import type { UpstreamConfig } from '../../../config/schema.ts';
import { MutualError } from '../../../errors.ts';
import { headerValues } from '../../accept/request-head.ts';
import type { Permit } from '../../authorize/decision.ts';
import type { Exchange } from '../exchange.ts';
import { formatTraceparent, traceOf } from '../trace-context.ts';
import type { VariableContext } from '../variables/reader.ts';
import { variableOf } from '../variables.ts';
import {
  type ConnectionHeaders,
  createConnectionHeaderCache,
  type HeaderRefusal,
  headerText,
  pushSetting,
} from './connection-headers.ts';
import type { GatewayFacts } from './conventions/convention.ts';
import { xfccName } from './conventions/envoy.ts';
import { canBeAppendedTo, type ForwardedClientCert } from './conventions/forwarded-client-cert.ts';
import { compileHeaderPlan, type HeaderPlan } from './header-plan.ts';
import { canSplitHeaders, printableValue } from './header-value.ts';
import { nominatedNames } from './hop-by-hop.ts';
import { maxCertificateBytes } from './identity-headers.ts';
import { type IdentitySigner, signedIdentityName } from './signed-identity.ts';

export interface RequestHeaders {
  readonly kind: 'headers';
  /** Name and value in turn: Host, then ours, then the client's in its order, duplicates and letter case. */
  readonly headers: string[];
  /** How many of the client's headers were dropped because of their name's alphabet or a line break in the value. */
  readonly dropped: number;
}

export interface RequestHeaderFacts {
  readonly exchange: Exchange;
  readonly permit: Permit;
  readonly plan: HeaderPlan;
  readonly constant: ConnectionHeaders;
  readonly context: VariableContext;
  /** Absent: identities are not signed. */
  readonly signIdentity?: IdentitySigner | undefined;
  /** Present: the request asks to switch to this protocol, and the upstream is asked the same. */
  readonly upgrade?: string | undefined;
}

export function planRequestHeaders(facts: RequestHeaderFacts): RequestHeaders | HeaderRefusal {
  // Ours come first: a recipient that stops after some number of headers has read them.
  const headers: string[] = ['Host', hostOf(facts)];
  for (const text of facts.constant.headers) headers.push(text);
  const dropped = pushVariable(headers, facts);
  return typeof dropped === 'object' ? dropped : { kind: 'headers', headers, dropped };
}

/** The same as lines of HTTP/1, one character a byte. */
function planRequestHeaderText(facts: RequestHeaderFacts, slot: HeaderSlot): string | HeaderRefusal {
  const headers: string[] = [];
  const refused = pushOwn(headers, facts);
  if (typeof refused === 'object') return refused;
  const { constant, plan, exchange } = facts;
  let text = `Host: ${hostOf(facts)}\r\n${constant.text}`;
  // Only the operator could name a field that frames the body.
  if (plan.settings.length > 0) text += headerText(headers);
  else for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return text + clientText(exchange, plan, slot);
}

/** The client's headers that travel on, as lines; the same text for as long as it sends the same headers. */
function clientText(exchange: Exchange, plan: HeaderPlan, slot: HeaderSlot): string {
  const { rawHeaders } = exchange.head;
  if (slot.rawHeaders === rawHeaders && slot.textPlan === plan) return slot.text;
  const headers: string[] = [];
  pushClientHeaders(headers, exchange, plan);
  let text = '';
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  slot.rawHeaders = rawHeaders;
  slot.textPlan = plan;
  slot.text = text;
  return text;
}

/** Adds what differs from request to request; returns how many of the client's headers were dropped. */
function pushVariable(headers: string[], facts: RequestHeaderFacts): number | HeaderRefusal {
  const dropped = pushOwn(headers, facts);
  return typeof dropped === 'object' ? dropped : dropped + pushClientHeaders(headers, facts.exchange, facts.plan);
}

/** The part of it that is the gateway's. */
function pushOwn(headers: string[], facts: RequestHeaderFacts): number | HeaderRefusal {
  const { exchange, permit, plan, constant, context } = facts;
  const own = (name: string, value: string): void => {
    if (value !== '' && !plan.isSetByOperator(name)) headers.push(name, printableValue(value));
  };
  if (constant.trusted) pushForwarded(exchange, permit, own);
  else own('X-Forwarded-Host', permit.authority);
  own('X-Request-Id', exchange.id);
  const token = plan.isSetByOperator(signedIdentityName) ? undefined : facts.signIdentity?.(exchange, permit);
  if (token !== undefined) {
    if (token.length > maxCertificateBytes) return tokenTooLarge(token.length);
    headers.push(signedIdentityName, token);
  }
  for (const setting of plan.settings) {
    if (setting.constant) continue;
    const refusal = pushSetting(headers, setting, exchange, context);
    if (refusal !== undefined) return refusal;
  }
  if (facts.upgrade !== undefined) headers.push('Connection', 'Upgrade', 'Upgrade', printableValue(facts.upgrade));
  return pushClientCert(headers, exchange, constant.clientCert);
}

/** Part of a name would be another name. */
function tokenTooLarge(length: number): HeaderRefusal {
  const reason = `the identity of the client takes ${length} bytes as ${signedIdentityName}; at most ${maxCertificateBytes} are sent`;
  return { kind: 'refused', code: 'client-certificate-invalid', reason };
}

/** The operator's; else what the client named; for a client that named none (HTTP/1.0) the upstream's own. */
function hostOf({ exchange, permit, plan, context }: RequestHeaderFacts): string {
  const set = plan.host?.render(exchange, context) ?? '';
  if (set !== '') return printableValue(set);
  return printableValue(permit.authority !== '' ? permit.authority : variableOf(exchange, 'proxy_host', context));
}

/** A trusted proxy is believed: its chain of addresses gets one more, and what it says of scheme and host stands. */
function pushForwarded(exchange: Exchange, permit: Permit, own: (name: string, value: string) => void): void {
  const { head, connection } = exchange;
  own('X-Forwarded-For', [...headerValues(head, 'x-forwarded-for'), connection.client.address].join(', '));
  const proto = said(exchange, 'x-forwarded-proto', /^https?$/);
  own('X-Forwarded-Proto', proto ?? (connection.tls === undefined ? 'http' : 'https'));
  own('X-Forwarded-Host', said(exchange, 'x-forwarded-host', /^[A-Za-z0-9._:[\]-]+$/) ?? permit.authority);
  own('X-Forwarded-Port', said(exchange, 'x-forwarded-port', /^[0-9]{1,5}$/) ?? '');
}

/** The one value of a header if it has this form; undefined when it is absent, doubled or of another form. */
function said({ head }: Exchange, name: string, form: RegExp): string | undefined {
  const [value, ...more] = headerValues(head, name);
  return value !== undefined && more.length === 0 && form.test(value) ? value : undefined;
}

/** Adds the client's own X-Forwarded-Client-Cert where it counts; returns how many copies of it were dropped. */
function pushClientCert(
  headers: string[],
  { head }: Exchange,
  rule: ForwardedClientCert | undefined,
): number | HeaderRefusal {
  if (rule === undefined) return 0;
  const sent = headerValues(head, 'x-forwarded-client-cert');
  const whole = sent.filter((value) => !canSplitHeaders(value));
  if (rule.kind === 'forward') {
    for (const value of whole) headers.push(xfccName, value);
    return sent.length - whole.length;
  }
  const kept = whole.filter((value) => value !== '' && canBeAppendedTo(value));
  const joined = [...kept, rule.element].join(',');
  if (joined.length > maxCertificateBytes) {
    const reason = `${xfccName} would take ${joined.length} bytes; at most ${maxCertificateBytes} are sent`;
    return { kind: 'refused', code: 'head-too-large', reason };
  }
  headers.push(xfccName, joined);
  return sent.length - kept.length;
}

/** Adds those of the client's headers that travel on; returns how many were dropped. */
function pushClientHeaders(headers: string[], exchange: Exchange, plan: HeaderPlan): number {
  const { head } = exchange;
  const raw = head.rawHeaders;
  let traced = plan.beginsTrace;
  const nominated = nominatedNames(raw);
  let dropped = 0;
  let cookieAt: number | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    const verdict = plan.classify(name);
    if (verdict === 'remove') continue;
    if (verdict === 'trace') {
      traced = true;
      continue;
    }
    if (verdict === 'drop' || canSplitHeaders(value)) {
      dropped += 1;
      continue;
    }
    if (nominated?.has(name.toLowerCase()) === true) continue;
    if (verdict === 'cookie' && head.httpVersion === '2.0') {
      // HTTP/2 may split cookies into many fields; HTTP/1.1 knows one (RFC 9113 section 8.2.3).
      if (cookieAt !== undefined) {
        headers[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = headers.length + 1;
    }
    headers.push(name, value);
  }
  if (traced) pushTrace(headers, exchange, plan);
  return dropped;
}

/** In place of what the client has sent of it. */
function pushTrace(headers: string[], exchange: Exchange, plan: HeaderPlan): void {
  const trace = traceOf(exchange);
  if (trace === undefined) return;
  if (!plan.isSetByOperator('traceparent')) headers.push('traceparent', formatTraceparent(trace));
  if (trace.state !== undefined && !plan.isSetByOperator('tracestate')) headers.push('tracestate', trace.state);
}

export interface RequestHeaderPlannerOptions {
  /** Is this the address of a proxy whose X-Forwarded-* are believed? */
  readonly isTrusted: (address: string) => boolean;
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  /** What the server of this name says of itself in identity headers. Absent: nothing. */
  readonly gatewayFacts?: (server: string) => GatewayFacts;
  /** Absent: identities are not signed. */
  readonly signIdentity?: IdentitySigner | undefined;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** What one connection remembers between two requests, so that the plan of a route is found without looking it up. */
export interface HeaderSlot {
  planner: object | undefined;
  route: Permit['route'] | undefined;
  authentication: Permit['authentication'] | undefined;
  plan: HeaderPlan | undefined;
  constant: ConnectionHeaders | HeaderRefusal | undefined;
  /** The client's headers of the last request, and what became of them by which plan. */
  rawHeaders: readonly string[] | undefined;
  textPlan: HeaderPlan | undefined;
  text: string;
}

export function createHeaderSlot(): HeaderSlot {
  return {
    ...{ planner: undefined, route: undefined, authentication: undefined, plan: undefined, constant: undefined },
    ...{ rawHeaders: undefined, textPlan: undefined, text: '' },
  };
}

const strangePermit = 'an exchange came with the permit of another';
const unplanned: HeaderRefusal = { kind: 'refused', code: 'internal', reason: 'no header was planned' };

export interface RequestHeaderPlanner {
  /**
   * Everything at once, for one request.
   *
   * @param upgrade protocol that the request asks to switch to, where it does
   */
  plan(exchange: Exchange, permit: Permit, upgrade?: string): RequestHeaders | HeaderRefusal;
  /** The same as lines of HTTP/1 with their ends, one character a byte; fields that frame the body are left out. */
  planText(exchange: Exchange, permit: Permit, slot: HeaderSlot): string | HeaderRefusal;
  /** The constant part alone; the same object for as long as it holds. */
  constantOf(exchange: Exchange, permit: Permit): ConnectionHeaders | HeaderRefusal;
}

/** Holds what is compiled for each route and made for each connection. One for each configuration. */
export function createRequestHeaderPlanner(options: RequestHeaderPlannerOptions): RequestHeaderPlanner {
  const plans = new WeakMap<Permit['route'], HeaderPlan>();
  const cached = createConnectionHeaderCache();

  function planOf({ server, route }: Permit): HeaderPlan {
    let plan = plans.get(route);
    if (plan === undefined) {
      plan = compileHeaderPlan(server, route, options.gatewayFacts?.(server.name));
      plans.set(route, plan);
    }
    return plan;
  }

  const timeless: VariableContext = { upstreams: options.upstreams };

  function contextOf(): VariableContext {
    return { nowMs: options.now(), upstreams: options.upstreams };
  }

  function constantOf(exchange: Exchange, permit: Permit): ConnectionHeaders | HeaderRefusal {
    if (exchange.decision !== permit) throw new MutualError('internal', strangePermit);
    return cached(planOf(permit), exchange, permit, options.isTrusted, contextOf());
  }

  function factsOf(exchange: Exchange, permit: Permit): Omit<RequestHeaderFacts, 'constant'> {
    const { signIdentity } = options;
    return { exchange, permit, plan: planOf(permit), context: contextOf(), signIdentity };
  }

  return {
    constantOf,
    planText(exchange, permit, slot) {
      const { route, authentication } = permit;
      if (slot.route !== route || slot.authentication !== authentication || slot.planner !== plans) {
        slot.constant = constantOf(exchange, permit);
        slot.plan = planOf(permit);
        slot.route = route;
        slot.authentication = authentication;
        slot.planner = plans;
      }
      const { constant, plan } = slot;
      if (constant === undefined || plan === undefined) return unplanned;
      if (constant.kind === 'refused') return constant;
      if (exchange.decision !== permit) throw new MutualError('internal', strangePermit);
      // Nobody asks what time it is where the operator sets no header.
      const context = plan.settings.length === 0 ? timeless : contextOf();
      const { signIdentity } = options;
      return planRequestHeaderText({ exchange, permit, plan, constant, context, signIdentity }, slot);
    },
    plan(exchange, permit, upgrade) {
      const constant = constantOf(exchange, permit);
      if (constant.kind === 'refused') return constant;
      return planRequestHeaders({ ...factsOf(exchange, permit), constant, upgrade });
    },
  };
}
