// One listening address: raw sockets come in, connections come out, each bounded in number and time. It reads
// the PROXY header and the ClientHello, picks the server block by server name and hands the socket to that
// block's TLS server. It never reads HTTP.

import net from 'node:net';
import type tls from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { LimitsConfig, ListenConfig } from '../../config/schema.ts';
import { systemCodeOf } from '../../errors.ts';
import { type AddressSharing, bind } from './bind.ts';
import { parseFirstBytes } from './client-hello.ts';
import type { Connection, Endpoint } from './connection.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { boundEndpoint, endpointOf } from './endpoint.ts';
import { handshakeRefusal } from './handshake-refusal.ts';
import type { PeerCertificates } from './peer-certificates.ts';
import { parseProxyHeader } from './proxy-protocol.ts';
import type { ConnectionRefusal } from './refusal.ts';
import { agreesOnServerName, tlsFactsOf } from './tls-facts.ts';

/** A server block's name and its TLS server. */
export interface TlsEndpoint {
  readonly server: string;
  readonly tls: tls.Server;
  /** Undefined where no certificate is asked for. */
  readonly peers: PeerCertificates | undefined;
}

/** What a listener asks and tells. It asks anew for every connection, so that a reload takes effect at once. */
export interface ListenerPolicy {
  readonly limits: Pick<LimitsConfig, 'handshakeTimeoutMs'>;
  /** Whether every connection begins with a PROXY header. */
  readonly proxyProtocol: boolean;
  /** The server block for a server name, or for none; undefined: the listener speaks plain HTTP. */
  chooseTls(serverName: string | undefined): TlsEndpoint | undefined;
  /** Whether the PROXY header of this peer is believed. */
  isTrustedProxy(address: string): boolean;
}

export interface ListenerEvents {
  connected(connection: Connection): void;
  refused(refusal: ConnectionRefusal): void;
  /**
   * HTTP in the clear on a TLS address: the stream is the receiver's to answer and to close.
   *
   * @param bytes what has come of it
   */
  plainHttp(connection: Connection, refusal: ConnectionRefusal, bytes: Buffer): void;
}

export interface Listener {
  readonly key: string;
  /** Where it really listens: the port is known here where the configuration says 0. */
  readonly address: Endpoint;
  /**
   * Stops accepting, and closes what has not come as far as a handshake; the other connections live on. Resolves when
   * the last of them is closed.
   */
  close(): Promise<void>;
  /** Closes what is left open at once. */
  cut(): void;
}

/** A socket and what is known of it; until it is settled it is between accept and the end of its handshake. */
interface Pending {
  readonly socket: net.Socket;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly acceptedAtMs: number;
  client: Endpoint;
  endpoint: TlsEndpoint | undefined;
  serverName: string | undefined;
  settled: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Gives the place among the open connections back. */
  release: () => void;
}

/** Shared by the listeners of a process. */
export interface ListenerDependencies {
  /** Undefined once a reload has given the address up. */
  readonly policy: () => ListenerPolicy | undefined;
  readonly events: ListenerEvents;
  readonly connectionLimits: ConnectionLimits;
  readonly nextConnectionId: () => number;
  /** Absent: the address is this process's alone. */
  readonly sharing?: AddressSharing | undefined;
  readonly now: () => number;
}

/** @throws MutualError `address-in-use` or `address-unavailable` */
export async function createListener(config: ListenConfig, dependencies: ListenerDependencies): Promise<Listener> {
  const { policy, events, connectionLimits, nextConnectionId, sharing, now } = dependencies;
  const pendingOf = new WeakMap<net.Socket, Pending>();
  /** Those whose socket is open. */
  const open = new Set<Pending>();
  const prepared = new WeakSet<tls.Server>();

  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', ignoreError); // a reset before anybody listens must not end the process
    const rules = policy();
    if (rules === undefined) {
      socket.destroy();
      return;
    }
    const peer = endpointOf(config, socket.remoteAddress, socket.remotePort);
    const { handshakeTimeoutMs } = rules.limits;
    const pending: Pending = {
      socket,
      peer,
      local: endpointOf(config, socket.localAddress, socket.localPort),
      acceptedAtMs: now(),
      client: peer,
      endpoint: undefined,
      serverName: undefined,
      settled: false,
      timer: setTimeout(() => refuse(pending, timeoutRefusal(handshakeTimeoutMs)), handshakeTimeoutMs).unref(),
      release: noPlace,
    };
    pendingOf.set(socket, pending);
    open.add(pending);
    socket.once('close', () => {
      pending.release();
      clearTimeout(pending.timer);
      open.delete(pending);
    });
    if (!takePlace(pending, config.kind === 'unix' || rules.proxyProtocol ? undefined : peer.address)) return;
    if (!rules.proxyProtocol && rules.chooseTls(undefined) === undefined) {
      settle(pending);
      connected(pending, socket, undefined);
      return;
    }
    readFirstBytes(pending, rules);
  });

  /** Takes a place, in exchange for the one that it has; where there is none, the connection is refused. */
  function takePlace(pending: Pending, address: string | undefined): boolean {
    pending.release();
    const release = connectionLimits.take(address);
    pending.release = release ?? noPlace;
    if (release !== undefined) return true;
    refuse(pending, { code: 'too-many-connections', reason: 'the limit of open connections is reached' });
    return false;
  }

  function readFirstBytes(pending: Pending, rules: ListenerPolicy): void {
    const { socket } = pending;
    let bytes: Buffer = Buffer.alloc(0);
    let awaitsProxyHeader = rules.proxyProtocol;
    // What listens on would keep the bytes for as long as the connection is open.
    const finish = (): void => {
      socket.off('data', onData).off('end', onEnd);
      socket.pause();
      if (bytes.length > 0) socket.unshift(bytes);
    };
    const onData = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      if (awaitsProxyHeader) {
        const header = parseProxyHeader(bytes);
        if (header.kind === 'incomplete') return;
        const reason =
          header.kind === 'invalid'
            ? header.reason
            : rules.isTrustedProxy(pending.peer.address)
              ? undefined
              : 'the sender of the PROXY protocol header is not among the trusted proxies';
        if (header.kind === 'invalid' || reason !== undefined) {
          refuse(pending, { code: 'proxy-header-invalid', reason: reason ?? '' });
          return;
        }
        pending.client = header.client ?? pending.peer;
        // The proxy may call for many, and one of them must not take the places of the others.
        if (header.client !== undefined && !takePlace(pending, header.client.address)) return;
        bytes = bytes.subarray(header.length);
        awaitsProxyHeader = false;
        if (rules.chooseTls(undefined) === undefined) {
          finish();
          settle(pending);
          connected(pending, socket, undefined);
          return;
        }
      }
      const first = parseFirstBytes(bytes);
      if (first.kind === 'incomplete') return;
      finish();
      if (first.kind === 'plain-http') {
        settle(pending);
        const reason = 'the client spoke plain HTTP to a TLS address';
        const refusal = refusalOf(pending, { code: 'plain-http-on-tls-port', reason });
        events.plainHttp(connectionOf(pending, socket, undefined), refusal, bytes);
        return;
      }
      startHandshake(pending, first.kind === 'client-hello' ? first.serverName : undefined);
    };
    // A health check of a load balancer connects and goes: nothing to report, nothing to keep.
    const onEnd = (): void => {
      if (pending.settled) return;
      settle(pending);
      socket.destroy();
    };
    socket.on('data', onData).on('end', onEnd);
  }

  function startHandshake(pending: Pending, serverName: string | undefined): void {
    const endpoint = policy()?.chooseTls(serverName);
    if (endpoint === undefined) {
      // A reload has just given this address up, or turned it into a plain one: the client may try again.
      settle(pending);
      pending.socket.destroy();
      return;
    }
    pending.endpoint = endpoint;
    pending.serverName = serverName;
    prepare(endpoint.tls);
    endpoint.tls.emit('connection', pending.socket);
  }

  /** Listens, once, to the TLS server of a block that has not been met before. */
  function prepare(server: tls.Server): void {
    if (prepared.has(server)) return;
    prepared.add(server);
    server.on('secureConnection', (stream) => {
      const pending = pendingOfStream(stream);
      if (pending === undefined || pending.settled || pending.endpoint === undefined) {
        stream.destroy();
        return;
      }
      if (!agreesOnServerName(stream, pending.serverName)) {
        refuse(pending, { code: 'handshake-failed', reason: 'the server name was read in two ways' });
        return;
      }
      settle(pending);
      const { endpoint, serverName } = pending;
      const certificate = endpoint.peers?.of(stream);
      const intermediates = () => endpoint.peers?.sentAfter(stream);
      const superseded = policy()?.chooseTls(serverName)?.tls !== endpoint.tls;
      connected(
        pending,
        stream,
        tlsFactsOf(stream, { server: endpoint.server, serverName, superseded, certificate, intermediates }),
      );
    });
    server.on('tlsClientError', (error, stream) => {
      const pending = pendingOfStream(stream);
      if (pending === undefined || pending.settled) return;
      refuse(pending, handshakeRefusal(error, stream, pending.endpoint?.peers?.of(stream)));
    });
  }

  /**
   * The raw socket below a TLSSocket. When the handshake has failed, `_parent` is the only way left to tell whose it
   * was: the handle is gone, and with it the address.
   */
  function pendingOfStream(stream: TLSSocket): Pending | undefined {
    const { _parent: parent } = stream as TLSSocket & { readonly _parent?: net.Socket };
    return parent === undefined ? undefined : pendingOf.get(parent);
  }

  function connected(pending: Pending, stream: net.Socket, facts: Connection['tls']): void {
    // A reload during the handshake may have given the address up.
    if (policy() === undefined) {
      stream.destroy();
      return;
    }
    events.connected(connectionOf(pending, stream, facts));
  }

  function connectionOf(pending: Pending, stream: net.Socket, facts: Connection['tls']): Connection {
    return {
      id: nextConnectionId(),
      listener: config.key,
      client: pending.client,
      peer: pending.peer,
      local: pending.local,
      tls: facts,
      acceptedAtMs: pending.acceptedAtMs,
      stream,
    };
  }

  function settle(pending: Pending): void {
    pending.settled = true;
    clearTimeout(pending.timer);
    pending.timer = undefined;
  }

  function refuse(pending: Pending, why: RefusalReason): void {
    if (pending.settled) return;
    settle(pending);
    pending.socket.destroy();
    events.refused(refusalOf(pending, why));
  }

  function refusalOf(pending: Pending, why: RefusalReason): ConnectionRefusal {
    return {
      ...why,
      client: pending.client,
      listener: config.key,
      server: pending.endpoint?.server,
      serverName: pending.serverName,
    };
  }

  await bind(server, config, sharing);
  server.on('error', (error) => {
    // EMFILE and its like: the socket that could not be accepted is gone, the listener lives.
    events.refused({
      code: 'too-many-connections',
      reason: `a connection could not be accepted: ${systemCodeOf(error) ?? error.message}`,
      client: { address: 'unknown', port: 0 },
      listener: config.key,
    });
  });
  return {
    key: config.key,
    address: boundEndpoint(server, config),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pending of open) {
          if (pending.settled || pending.endpoint !== undefined) continue;
          settle(pending);
          pending.socket.destroy();
        }
      }),
    cut() {
      for (const { socket } of open) socket.destroy();
    },
  };
}

type RefusalReason = Pick<ConnectionRefusal, 'code' | 'reason' | 'verifyError' | 'certificate'>;

function timeoutRefusal(handshakeTimeoutMs: number): RefusalReason {
  return { code: 'handshake-timeout', reason: `the handshake was not done within ${handshakeTimeoutMs} ms` };
}

function ignoreError(): void {}

function noPlace(): void {}
