// Exchanges for tests of what comes after the decision: made of the facts that a test cares about, plain defaults
// for the rest.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { IdentityHeadersConfig, RouteConfig, ServerConfig, UpstreamConfig } from '../../src/config/schema.ts';
import { parseTemplate } from '../../src/config/template.ts';
import type { Connection, TlsFacts } from '../../src/gateway/accept/connection.ts';
import type { RequestHead } from '../../src/gateway/accept/request-head.ts';
import type { Authentication } from '../../src/gateway/authenticate/authentication.ts';
import { identityOf } from '../../src/gateway/authenticate/identity.ts';
import { type Denial, type Permit, permitOf } from '../../src/gateway/authorize/decision.ts';
import type { Exchange } from '../../src/gateway/forward/exchange.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { verifyErrorOf } from '../../src/x509/verify-error.ts';

export const nginxIdentity: IdentityHeadersConfig = { conventions: ['nginx'], nginxCertificate: false };

export function readCertificate(file: string): Certificate {
  return parseCertificate(new X509Certificate(readFileSync(file)));
}

export const absent: Authentication = { kind: 'absent' };

/** @param sent what the client sent after its certificate; absent: not known */
export function verified(certificate: Certificate, sent?: readonly X509Certificate[]): Authentication {
  return { kind: 'verified', identity: identityOf(certificate, () => sent) };
}

export function rejected(name: string, certificate?: Certificate): Authentication {
  return { kind: 'rejected', reason: verifyErrorOf(name), certificate };
}

/** @param headers name to template, as under `headers:` of a route */
export function makeRoute(
  facts: Partial<RouteConfig> = {},
  headers: Readonly<Record<string, string>> = {},
): RouteConfig {
  return {
    name: '/',
    match: { kind: 'prefix', path: '/' },
    action: { kind: 'upstream', upstream: 'service1' },
    headers: Object.entries(headers).map(([name, text]) => [name, parseTemplate(text)] as const),
    ...facts,
  };
}

export function makeServer(route: RouteConfig, facts: Partial<ServerConfig> = {}): ServerConfig {
  return {
    name: 'service1.company-b.example',
    listen: [{ kind: 'tcp', host: '127.0.0.1', port: 8443, proxyProtocol: false, http2: false, key: '127.0.0.1:8443' }],
    names: ['service1.company-b.example'],
    identityHeaders: nginxIdentity,
    routes: [route],
    ...facts,
  };
}

export const service1: UpstreamConfig = {
  name: 'service1',
  servers: [
    {
      kind: 'tcp',
      protocol: 'http',
      host: '127.0.0.1',
      port: 3000,
      url: 'http://127.0.0.1:3000',
      hostHeader: '127.0.0.1:3000',
      weight: 1,
      backup: false,
      maxFails: 1,
      failTimeoutMs: 10_000,
    },
  ],
  balance: 'round-robin',
  connectTimeoutMs: 1000,
  responseTimeoutMs: 1000,
  bodyIdleTimeoutMs: 1000,
  idleTimeoutMs: 1000,
  resolveMs: 1000,
};

export const upstreams = { service1 };

export const overTls: TlsFacts = {
  server: 'service1.company-b.example',
  serverName: 'service1.company-b.example',
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  alpn: 'http/1.1',
  resumed: false,
  superseded: false,
  peer: { certificate: undefined, authorized: false, verifyError: undefined },
};

export function makeConnection(facts: Partial<Connection> = {}): Connection {
  return {
    id: 7,
    listener: '127.0.0.1:8443',
    client: { address: '192.0.2.10', port: 50_123 },
    peer: { address: '192.0.2.10', port: 50_123 },
    local: { address: '127.0.0.1', port: 8443 },
    tls: overTls,
    acceptedAtMs: Date.UTC(2026, 10, 23, 15, 14, 9),
    stream: new PassThrough(),
    ...facts,
  };
}

export function makeHead(rawHeaders: readonly string[] = [], facts: Partial<RequestHead> = {}): RequestHead {
  return { method: 'GET', target: '/', httpVersion: '1.1', rawHeaders, ...facts };
}

export interface PermitFacts {
  readonly authentication?: Authentication;
  readonly route?: RouteConfig;
  readonly server?: ServerConfig;
  readonly authority?: string;
  readonly target?: string;
}

export function makePermit(facts: PermitFacts = {}): Permit {
  const { route = makeRoute(), authentication = absent, target = '/' } = facts;
  const authority = facts.authority ?? 'service1.company-b.example:8443';
  return permitOf({
    server: facts.server ?? makeServer(route),
    route,
    authentication,
    host: authority.replace(/:[0-9]+$/, ''),
    authority,
    target,
    path: target.split('?', 1)[0] as string,
    rule: undefined,
  });
}

export function makeDenial(facts: Partial<Denial> = {}): Denial {
  const route = makeRoute();
  return {
    kind: 'denial',
    code: 'not-allowed',
    reason: 'no rule of the route admits this client',
    authentication: absent,
    rule: undefined,
    server: makeServer(route),
    route,
    host: 'service1.company-b.example',
    ...facts,
  };
}

export function makeExchange(facts: Partial<Exchange> = {}): Exchange {
  return {
    id: '0123456789abcdef0123456789abcdef',
    connection: makeConnection(),
    head: makeHead(),
    ordinal: 1,
    startedAtMs: Date.UTC(2026, 10, 23, 15, 14, 10),
    startedAtMonotonicMs: 1000,
    decision: undefined,
    lane: 'none',
    attempts: [],
    status: 0,
    responseHeaders: {},
    requestBodyBytes: 0,
    responseBodyBytes: 0,
    failure: undefined,
    durationMs: undefined,
    ...facts,
  };
}
