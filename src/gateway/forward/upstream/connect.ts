// Opens one connection to one server: name, TCP or unix socket, TLS, all within one time limit. What comes out is
// verified; where it fails, the error says what is wrong and who has to act.

import net, { isIP, type LookupFunction, type Socket } from 'node:net';
import tls, { type PeerCertificate, type TLSSocket } from 'node:tls';
import type { UpstreamServerConfig } from '../../../config/schema.ts';
import type { MutualError } from '../../../errors.ts';
import { type ConnectFacts, connectFailure, connectTimeout } from './failure.ts';
import { Link } from './link.ts';
import type { UpstreamTls } from './tls-context.ts';

export interface ConnectOptions {
  readonly server: UpstreamServerConfig;
  /** Present where the server is `https`. */
  readonly tls: UpstreamTls | undefined;
  readonly lookup: LookupFunction;
  /** For everything, TLS handshake included. */
  readonly timeoutMs: number;
  /** How long the connection may be kept unused. */
  readonly idleTimeoutMs: number;
  /** Where bytes are to be read into, if the connection is in the clear: see `Link.isVolatile`. */
  readonly readInto?: Buffer | undefined;
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** Where a name has several addresses: how long each is waited for before the next one is tried. */
const addressAttemptMs = 1000;

/** Between two probes of a silent connection; a peer that vanished is noticed by them. */
const keepAliveProbeMs = 30_000;

/** `done` is called once, unless the returned function has cancelled the attempt before. */
export function connect(
  options: ConnectOptions,
  done: (failure: MutualError | undefined, link: Link | undefined) => void,
): () => void {
  const { server, timeoutMs, monotonic } = options;
  const startedMs = monotonic();
  const facts: ConnectFacts = { server, tls: options.tls, phase: 'connect', peer: undefined, nowMs: options.now() };
  let over = false;
  let secure: TLSSocket | undefined;
  let link: Link | undefined;
  const readInto = options.tls === undefined ? options.readInto : undefined;
  const plain = openSocket(options, readInto && { buffer: readInto, callback: receive });

  const timer = setTimeout(() => fail(connectTimeout(facts, timeoutMs)), timeoutMs);
  plain.on('error', onError);
  plain.once('connect', () => {
    plain.setNoDelay(true);
    plain.setKeepAlive(true, keepAliveProbeMs);
    if (options.tls === undefined) return succeed(plain, false);
    facts.phase = 'handshake';
    secure = startTls(plain, server, options.tls);
    // Not documented, but the only moment at which the certificate of a server that is refused can be seen. (The
    // older of the two getters: after the newer one Node's own check of the name fails.)
    secure.prependOnceListener('secure', () => {
      facts.peer = secure?.getPeerCertificate() as PeerCertificate;
    });
    secure.on('error', onError);
    secure.once('secureConnect', () => {
      // A client gets these only where the server has sent a CertificateRequest.
      if (secure !== undefined) succeed(secure, secure.getSharedSigalgs().length > 0);
    });
  });

  function receive(count: number, buffer: Uint8Array): boolean {
    // Before there is a link nothing has been asked.
    if (link === undefined) plain.destroy();
    else link.receive(Buffer.from(buffer.buffer, buffer.byteOffset, count));
    return true;
  }
  function onError(error: Error): void {
    fail(connectFailure(error, facts));
  }
  function fail(failure: MutualError): void {
    if (over) return;
    abandon();
    done(failure, undefined);
  }
  function abandon(): void {
    over = true;
    clearTimeout(timer);
    secure?.destroy();
    plain.destroy();
  }
  function succeed(socket: Socket, askedForCertificate: boolean): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    const { now, idleTimeoutMs } = options;
    const connectMs = monotonic() - startedMs;
    const isVolatile = readInto !== undefined;
    link = new Link(socket, { openedAtMs: now(), connectMs, askedForCertificate, idleTimeoutMs, isVolatile });
    socket.off('error', onError);
    done(undefined, link);
  }
  return () => {
    if (!over) abandon();
  };
}

function openSocket({ server, lookup }: ConnectOptions, onread: net.OnReadOpts | undefined): Socket {
  const read = onread === undefined ? {} : { onread };
  // Half-open is allowed for tunnels: one side may be done while the other still sends.
  if (server.kind === 'unix') return net.connect({ path: server.socketPath, allowHalfOpen: true, ...read });
  return net.connect({
    host: server.host,
    port: server.port,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressAttemptMs,
    allowHalfOpen: true,
    ...read,
  });
}

function startTls(
  plain: Socket,
  server: UpstreamServerConfig,
  { context, verify, lacksLists, serverName }: UpstreamTls,
): TLSSocket {
  const name = serverName ?? (server.kind === 'tcp' ? server.host : '');
  return tls.connect({
    socket: plain,
    secureContext: context,
    rejectUnauthorized: verify,
    // An address is no name to ask for (RFC 6066 section 3), but it is one to check.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) =>
      // Without any list OpenSSL does not ask for one.
      lacksLists
        ? Object.assign(new Error('no revocation list'), { code: 'UNABLE_TO_GET_CRL' })
        : tls.checkServerIdentity(name, certificate),
    ALPNProtocols: ['http/1.1'],
    // No sessions are resumed: of a resumed one neither the name nor the dates would be checked again.
  });
}
