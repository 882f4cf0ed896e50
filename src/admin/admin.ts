// The admin listener: an address of its own, TLS and client certificates if it is given them, and the application behind.
// It is no part of serving: nothing that happens here may touch a client of the gateway.

import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Server } from 'node:tls';
import type { Logger } from 'pino';
import { judgesRevocation } from '../config/judges-revocation.ts';
import type { AdminConfig, TlsConfig } from '../config/schema.ts';
import type { ServerCredentials } from '../credentials/server-credentials.ts';
import { MutualError, messageOf } from '../errors.ts';
import type { Connection } from '../gateway/accept/connection.ts';
import { createConnectionLimits } from '../gateway/accept/connection-limits.ts';
import { createListener, type Listener, type ListenerPolicy, type TlsEndpoint } from '../gateway/accept/listener.ts';
import { createPeerCertificates } from '../gateway/accept/peer-certificates.ts';
import type { ConnectionRefusal } from '../gateway/accept/refusal.ts';
import { createTlsServer } from '../gateway/accept/tls-server.ts';
import type { Authentication } from '../gateway/authenticate/authentication.ts';
import { authenticate, reauthenticate, reject } from '../gateway/authenticate/certificate.ts';
import { createTrust, type Trust } from '../gateway/authenticate/trust.ts';
import { certificateFault, handshakeFault } from '../gateway/authorize/certificate-fault.ts';
import { compileRule, findRule } from '../gateway/authorize/rules.ts';
import { type AdminDocuments, type AdminPeer, createAdminApp } from './app.ts';
import type { GuardRules } from './guard.ts';
import { loadPageFiles, type PageFile } from './page-files.ts';
import type { AdminSource } from './source.ts';

export interface AdminListener {
  /** Where it really listens. */
  readonly url: string;
  /**
   * Takes another configuration into use, or what was read anew for the same one. Open connections end, for they were
   * admitted under the one before. @throws MutualError where the address cannot be had: then all stays as it was
   */
  configure(config: AdminConfig, credentials: ServerCredentials | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface AdminDependencies {
  readonly config: AdminConfig;
  /** Present where the configuration has TLS. */
  readonly credentials: ServerCredentials | undefined;
  readonly source: AdminSource;
  /** Of mutual. */
  readonly version: string;
  readonly log: Logger;
  readonly now: () => number;
  /** JSON documents by path, beside what is served here anyway. */
  readonly documents?: AdminDocuments;
  readonly pageFiles?: ReadonlyMap<string, PageFile>;
}

/** What is in force: everything made from one configuration. */
interface InForce {
  readonly config: AdminConfig;
  /** Equal texts: nothing has changed. */
  readonly fingerprint: string;
  readonly endpoint: TlsEndpoint | undefined;
  readonly trust: Trust | undefined;
  /** Why a client may not pass; undefined: it may. */
  ruleRefusal(authentication: Authentication): string | undefined;
}

/** Few people look at once; whoever opens many connections is not one of them. */
const limits = {
  handshakeTimeoutMs: 10_000,
  maxConnections: 256,
  maxConnectionsPerAddress: 128,
} as const;

/** @throws MutualError where the address or the credentials cannot be used */
export async function createAdmin(dependencies: AdminDependencies): Promise<AdminListener> {
  const { source, version, log, now, documents = new Map(), pageFiles = loadPageFiles() } = dependencies;
  let inForce = build(dependencies.config, dependencies.credentials);
  const peers = new WeakMap<Duplex, AdminPeer>();
  const app = await createAdminApp({
    peerOf: (stream) => peers.get(stream),
    clientMetrics: () => inForce.config.clientMetrics,
    ...{ source, version, pageFiles, documents, log, now },
  });
  const connectionLimits = createConnectionLimits(() => limits);
  let listener = await listen(inForce).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });

  function listen({ config }: InForce): Promise<Listener> {
    let connectionIds = 0;
    return createListener(config.listen, {
      policy: (): ListenerPolicy => ({
        limits,
        proxyProtocol: false,
        chooseTls: () => inForce.endpoint,
        isTrustedProxy: () => false,
      }),
      events: { connected, refused, plainHttp },
      connectionLimits,
      nextConnectionId() {
        connectionIds += 1;
        return connectionIds;
      },
      now,
    });
  }

  function refused({ code, reason, client, certificate }: ConnectionRefusal): void {
    const subject = certificate?.subjectDn;
    log.warn({ code, reason, address: client.address, subject }, `admin: client refused: ${reason}`);
  }

  function plainHttp({ stream: socket }: Connection, refusal: ConnectionRefusal): void {
    socket.destroy();
    refused(refusal);
  }

  function connected(connection: Connection): void {
    const { stream, tls: facts, client, listener: key } = connection;
    const current = inForce;
    const { clients } = current.config.tls ?? {};
    const first = firstVerdict(connection, current);
    const fault = clients === undefined ? undefined : handshakeFault(clients, first);
    stream.on('error', () => stream.destroy());
    if (fault !== undefined) {
      stream.destroy();
      refused({ code: fault.code, reason: fault.reason, client, listener: key });
      return;
    }
    peers.set(stream, {
      rules: guardRulesOf(connection, current.config),
      refusal() {
        if (inForce !== current) return 'the configuration has changed since this connection was opened';
        const authentication = verdictNow(first, current);
        const wrong = clients === undefined ? undefined : certificateFault(clients.verify, authentication);
        return wrong?.reason ?? current.ruleRefusal(authentication);
      },
    });
    app.server.emit('connection', stream);
    if (facts === undefined) stream.resume();
  }

  function firstVerdict({ tls: facts }: Connection, { trust }: InForce): Authentication {
    const authentication = authenticate(facts?.peer, now());
    if (authentication.kind !== 'verified' || trust === undefined) return authentication;
    const { certificate, chain = [] } = authentication.identity;
    const fault = trust.firstFault(certificate, () => chain, now());
    return fault === undefined ? authentication : reject(certificate, fault);
  }

  /** Before each request: dates, and revocation, for a list may have run out. */
  function verdictNow(first: Authentication, { trust }: InForce): Authentication {
    const authentication = reauthenticate(first, now());
    if (authentication.kind !== 'verified' || trust === undefined) return authentication;
    const { certificate } = authentication.identity;
    const fault = trust.revocationFault(certificate, now());
    return fault === undefined ? authentication : reject(certificate, fault);
  }

  return {
    get url() {
      return urlOf(listener, inForce.config);
    },
    async configure(config, credentials) {
      const next = build(config, credentials);
      if (next.fingerprint === inForce.fingerprint) return;
      const before = listener;
      const isMoved = config.listen.key !== inForce.config.listen.key;
      if (isMoved) listener = await listen(next);
      inForce = next;
      app.endConnections();
      if (!isMoved) return;
      const closed = before.close();
      before.cut();
      await closed;
      log.info({ url: urlOf(listener, config) }, `admin: now at ${urlOf(listener, config)}`);
    },
    async close() {
      const closed = listener.close();
      await app.close();
      listener.cut();
      await closed;
    },
  };
}

/** @throws MutualError where the TLS library refuses what was read */
function build(config: AdminConfig, credentials: ServerCredentials | undefined): InForce {
  const allow = config.allow?.map(compileRule);
  const deny = config.deny?.map(compileRule) ?? [];
  const ruleRefusal = (authentication: Authentication): string | undefined => {
    const certificate = authentication.kind === 'verified' ? authentication.identity.certificate : undefined;
    const denied = certificate && findRule(deny, certificate);
    if (denied !== undefined) return `a deny rule holds for ${certificate?.subjectDn}: ${denied.text}`;
    if (allow === undefined) return undefined;
    if (certificate === undefined) return 'the client has no verified certificate';
    return findRule(allow, certificate) === undefined ? `no allow rule holds for ${certificate.subjectDn}` : undefined;
  };
  if (config.tls === undefined) {
    return { config, fingerprint: JSON.stringify(config), endpoint: undefined, trust: undefined, ruleRefusal };
  }
  if (credentials === undefined) throw new MutualError('internal', 'the admin listener has TLS and no credentials');
  const server = createSecureServer(config.tls, credentials);
  const trust = trustOf(config.tls, credentials);
  const peers = trust && createPeerCertificates(server);
  const shown = hash('sha256', credentials.certificate + credentials.key);
  return {
    config,
    fingerprint: [JSON.stringify(config), shown, trust?.fingerprint].join(),
    endpoint: { server: 'admin', tls: server, peers },
    trust,
    ruleRefusal,
  };
}

/** Undefined where clients are asked for nothing. */
function trustOf({ clients }: TlsConfig, credentials: ServerCredentials): Trust | undefined {
  if (clients.verify === 'none') return undefined;
  const { onCrlExpired, depth, requireClientAuthEku } = clients;
  const { anchors, revocationLists, requiresLists } = credentials;
  return createTrust({
    ...{ anchors, revocationLists, requiresLists, onCrlExpired, depth, requireClientAuthEku },
    judgesRevocation: judgesRevocation(clients),
  });
}

function createSecureServer(config: TlsConfig, credentials: ServerCredentials): Server {
  const { handshakeTimeoutMs } = limits;
  try {
    return createTlsServer('admin', config, credentials, { http2: false, handshakeTimeoutMs });
  } catch (error) {
    const text = `the TLS library refuses ${config.certificate} or what goes with it: ${messageOf(error)}`;
    throw new MutualError('certificate-invalid', text, { cause: error });
  }
}

function guardRulesOf({ local }: Connection, { listen, tls: secure, allowedHosts }: AdminConfig): GuardRules {
  const own = listen.kind === 'tcp' && isIP(listen.host) === 0 ? [listen.host] : [];
  return {
    scheme: secure === undefined ? 'http' : 'https',
    isUnixSocket: listen.kind === 'unix',
    localAddress: local.address,
    hosts: [...own, ...allowedHosts].map((host) => host.toLowerCase()),
  };
}

function urlOf({ address }: Listener, { tls: secure }: AdminConfig): string {
  if (address.address.startsWith('unix:')) return address.address;
  const host = address.address.includes(':') ? `[${address.address}]` : address.address;
  return `${secure === undefined ? 'http' : 'https'}://${host}:${address.port}`;
}
