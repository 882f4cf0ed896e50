// One connection to an upstream server: opened within its time limit, in the clear or with TLS. What comes back are bytes;
// what goes wrong is told in nginx's words.

import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { messageOf, systemCodeOf } from '../../../errors.ts';
import { createInbound, type Inbound } from '../connection/inbound.ts';
import { verifyErrorOf } from '../tls/verify-error-of.ts';
import type { Peer } from './peers.ts';

export interface UpstreamConnection {
  readonly socket: Socket;
  readonly inbound: Inbound;
  readonly openedMonotonicMs: number;
  requests: number;
  close(): void;
}

export interface UpstreamTlsOptions {
  readonly context: tls.SecureContext;
  readonly verify: boolean;
  /** What the certificate has to be of. */
  readonly name: string;
  /** Asked for in the handshake; undefined: not at all. */
  readonly serverName: string | undefined;
  readonly session: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
}

export class ConnectFault extends Error {
  readonly timedOut: boolean;

  constructor(message: string, timedOut = false) {
    super(message);
    this.timedOut = timedOut;
  }
}

const systemTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: '111: Connection refused',
  ECONNRESET: '104: Connection reset by peer',
  EHOSTUNREACH: '113: No route to host',
  ENETUNREACH: '101: Network is unreachable',
  ETIMEDOUT: '110: Connection timed out',
  ENOENT: '2: No such file or directory',
  EPIPE: '32: Broken pipe',
};

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly localAddress: string | undefined;
  readonly keepAlive: boolean;
  readonly tls: UpstreamTlsOptions | undefined;
}

/** @throws ConnectFault */
export function openConnection(peer: Peer, options: ConnectOptions): Promise<UpstreamConnection> {
  const plain =
    peer.socketPath === undefined
      ? net.connect({
          host: peer.host,
          port: peer.port,
          allowHalfOpen: true,
          noDelay: true,
          keepAlive: options.keepAlive,
          ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
        })
      : net.connect({ path: peer.socketPath, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(
      () => fail(new ConnectFault('upstream timed out (110: Connection timed out)', true)),
      options.timeoutMs,
    );
    const fail = (fault: ConnectFault): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      plain.destroy();
      reject(fault);
    };
    const succeed = (socket: Socket): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      resolve(connectionOf(socket));
    };
    plain.on('error', (error) => fail(new ConnectFault(`connect() failed (${systemText(error)})`)));
    plain.once('connect', () => {
      if (options.tls === undefined) succeed(plain);
      else startTls(plain, options.tls, succeed, fail);
    });
  });
}

function startTls(
  plain: Socket,
  { context, verify, name, serverName, session, onSession }: UpstreamTlsOptions,
  succeed: (socket: Socket) => void,
  fail: (fault: ConnectFault) => void,
): void {
  const secure = tls.connect({
    socket: plain,
    secureContext: context,
    rejectUnauthorized: false,
    ...(serverName === undefined || net.isIP(serverName) !== 0 ? {} : { servername: serverName }),
    ...(session === undefined ? {} : { session }),
    checkServerIdentity: () => undefined,
  });
  secure.on('session', onSession);
  secure.on('error', (error) => fail(new ConnectFault(`SSL_do_handshake() failed (SSL: ${messageOf(error)})`)));
  secure.once('close', () => fail(new ConnectFault('peer closed connection in SSL handshake')));
  secure.once('secureConnect', () => {
    if (verify) {
      const error = verifyErrorOf(secure);
      if (error !== undefined) {
        fail(new ConnectFault(`upstream SSL certificate verify error: (${error.code}:${error.text})`));
        return;
      }
      if (tls.checkServerIdentity(name, secure.getPeerCertificate()) !== undefined) {
        fail(new ConnectFault(`upstream SSL certificate does not match "${name}"`));
        return;
      }
    }
    succeed(secure);
  });
}

function connectionOf(socket: Socket): UpstreamConnection {
  const inbound = createInbound(socket);
  return { socket, inbound, openedMonotonicMs: performance.now(), requests: 0, close: () => void socket.destroy() };
}

export function systemText(error: unknown): string {
  return systemTexts[systemCodeOf(error) ?? ''] ?? messageOf(error);
}
