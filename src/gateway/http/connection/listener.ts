// One listening address of `http`: sockets in, connections out. The PROXY header is read, then with TLS the ClientHello,
// whose server name chooses among the servers of the address; then HTTP begins.

import net, { type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { HttpListenConfig } from '../../../config/http-schema.ts';
import { formatListenAddress } from '../../../config/listen-address.ts';
import type { ListenConfig } from '../../../config/schema.ts';
import { messageOf } from '../../../errors.ts';
import type { Certificate } from '../../../x509/certificate.ts';
import { bind } from '../../accept/bind.ts';
import { parseFirstBytes } from '../../accept/client-hello.ts';
import { parseProxyHeader } from '../../accept/proxy-protocol.ts';
import type { ServerConf } from '../locations/server-conf.ts';
import type { ServerNames } from '../locations/server-names.ts';
import { reportHandshake } from '../log/report-connection.ts';
import type { Request } from '../request.ts';
import { type HelloFacts, readHelloFacts } from '../tls/hello-facts.ts';
import { emptyTlsView, readTlsView } from '../tls/read-tls-view.ts';
import type { TlsContext, TlsContexts } from '../tls/tls-contexts.ts';
import type { TlsView } from '../tls/tls-view.ts';
import type { Address, ClientConnection, Engine } from './client-connection.ts';
import { createRequestBody } from './create-request-body.ts';
import { createHttp1Sink } from './http1-sink.ts';
import { createInbound } from './inbound.ts';
import { newRequest } from './new-request.ts';
import type { BodySource } from './request-body.ts';
import { keyOfArrival } from './shared-sockets.ts';

export interface TlsChoice {
  readonly server: ServerConf<Request>;
  /** Undefined where the server has no certificate: the handshake is refused. */
  readonly tls: TlsContexts | undefined;
  readonly rejects: boolean;
  readonly depth: number;
  readonly anchors: readonly Certificate[];
  /** nginx's `ssl_ecdh_curve`. */
  readonly curves: string;
}

/** What a listener asks, anew for each connection, so that a reload takes effect. */
export interface HttpListenerPolicy {
  readonly engine: Engine;
  readonly listen: HttpListenConfig;
  readonly names: ServerNames<Request>;
  readonly http2: boolean;
  tlsOf(server: ServerConf<Request>): TlsChoice | undefined;
}

export interface HttpListener {
  readonly key: string;
  readonly address: { readonly address: string; readonly port: number };
  /** Takes no more connections. */
  close(): Promise<void>;
}

export async function createHttpListener(
  config: HttpListenConfig,
  /** @param arrival the key of the address that a connection has come to: it may be one of several on the socket */
  policy: (arrival: string) => HttpListenerPolicy | undefined,
  serve: (connection: ClientConnection<Request>) => void,
  nextId: () => number,
): Promise<HttpListener> {
  const key = formatListenAddress(config.address);
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', ignore);
    const unix = config.address.kind === 'unix';
    const rules = policy(unix ? key : keyOfArrival(plainAddress(socket.localAddress), socket.localPort ?? 0));
    if (rules === undefined) socket.destroy();
    else accept(socket, rules, serve, nextId());
  });
  const listen: ListenConfig = {
    ...config.address,
    ...(config.address.kind === 'unix' ? { mode: 0o666 } : {}),
    proxyProtocol: config.proxyProtocol,
    http2: config.http2,
    key,
  } as ListenConfig;
  await bind(server, listen);
  const bound = server.address();
  const address =
    typeof bound === 'object' && bound !== null
      ? { address: bound.address, port: bound.port }
      : { address: key, port: 0 };
  return {
    key,
    address,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function accept(
  socket: Socket,
  rules: HttpListenerPolicy,
  serve: (connection: ClientConnection<Request>) => void,
  id: number,
): void {
  const { engine, listen } = rules;
  const startedAtMs = engine.now();
  const startedMonotonicMs = engine.monotonic();
  const unix = listen.address.kind === 'unix';
  const client: Address = unix
    ? { address: 'unix:', port: 0 }
    : { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
  const local: Address = unix
    ? { address: formatListenAddress(listen.address), port: 0 }
    : { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
  const { stats } = engine;
  stats.accepted += 1;
  stats.active += 1;
  socket.once('close', () => {
    stats.active -= 1;
  });
  const describe = (): string => `client: ${client.address}, server: ${formatListenAddress(listen.address)}`;

  function begin(
    stream: ClientConnection<Request>['stream'],
    tls: TlsView<Request> | undefined,
    proxyProtocol: ClientConnection<Request>['proxyProtocol'],
  ): void {
    serve(connectionOf(stream, tls, proxyProtocol));
  }
  function connectionOf(
    stream: ClientConnection<Request>['stream'],
    tls: TlsView<Request> | undefined,
    proxyProtocol: ClientConnection<Request>['proxyProtocol'],
  ): ClientConnection<Request> {
    return {
      engine,
      id,
      stream,
      place: { key: formatListenAddress(listen.address), ssl: listen.ssl, http2: rules.http2, names: rules.names },
      client,
      local,
      proxyProtocol,
      tls,
      startedAtMs,
      startedMonotonicMs,
      requests: 0,
      headMark: 0,
    };
  }

  if (!listen.ssl && !listen.proxyProtocol) {
    begin(socket, undefined, undefined);
    return;
  }
  const timeoutMs = rules.names.defaultServer.headerTimeoutMs;
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  let bytes: Buffer = Buffer.alloc(0);
  let proxyProtocol: ClientConnection<Request>['proxyProtocol'];
  let awaitsProxy = listen.proxyProtocol;
  const done = (): void => {
    socket.off('data', onData);
    socket.off('end', onEnd);
    clearTimeout(timer);
    socket.pause();
    if (bytes.length > 0) socket.unshift(bytes);
  };
  const onEnd = (): void => {
    clearTimeout(timer);
    socket.destroy();
  };
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (awaitsProxy) {
      const header = parseProxyHeader(bytes);
      if (header.kind === 'incomplete') return;
      if (header.kind === 'invalid') {
        engine.errorLog.write(
          'error',
          `broken header: "${bytes.toString('latin1', 0, 107)}" while reading PROXY protocol, ${describe()}`,
          id,
        );
        onEnd();
        return;
      }
      if (header.client !== undefined && header.destination !== undefined) {
        proxyProtocol = { client: header.client, destination: header.destination, fields: header.fields };
      }
      bytes = bytes.subarray(header.length);
      awaitsProxy = false;
      if (!listen.ssl) {
        done();
        begin(socket, undefined, proxyProtocol);
        return;
      }
    }
    if (bytes.length === 0) return;
    const first = bytes[0] as number;
    if (first !== 0x16 && (first & 0x80) === 0) {
      done();
      begin(socket, undefined, proxyProtocol);
      return;
    }
    const hello = parseFirstBytes(bytes);
    if (hello.kind === 'incomplete') return;
    const facts = readHelloFacts(bytes);
    done();
    handshake(hello.kind === 'client-hello' ? hello.serverName : undefined, facts);
  };
  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.once('close', () => clearTimeout(timer));

  function alert(description: number): void {
    socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, description]));
    // What still comes is read away, or the alert would be lost; a client that never ends must not hold the socket.
    socket.resume();
    const end = setTimeout(() => socket.destroy(), alertLingerMs);
    socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(end));
  }
  /** Undefined where there is none; the client has been told then. */
  function contextOf(choice: TlsChoice, hello: HelloFacts, chosenByName: boolean): TlsContext | undefined {
    try {
      return choice.tls?.select(hello, () => {
        const view = emptyTlsView(choice.server, chosenByName, hello);
        return aboutNothing(connectionOf(socket, view, proxyProtocol));
      });
    } catch (error) {
      engine.errorLog.write('error', `${messageOf(error)} while SSL handshaking, ${describe()}`, id);
      alert(alerts.internalError);
      return undefined;
    }
  }
  function handshake(serverName: string | undefined, hello: HelloFacts): void {
    const found = serverName === undefined ? undefined : rules.names.find(serverName.toLowerCase(), undefined);
    const choice = rules.tlsOf(found ?? rules.names.defaultServer);
    const failed = (reason: string): void =>
      reportHandshake(engine, reason, {
        client,
        listener: formatListenAddress(listen.address),
        server: choice?.server.label,
        serverName,
      });
    if (choice?.tls === undefined || choice.rejects) {
      failed('no certificate is for this name, or it is rejected');
      alert(choice?.rejects === true ? alerts.unrecognizedName : alerts.handshakeFailure);
      return;
    }
    const context = contextOf(choice, hello, found !== undefined);
    if (context === undefined) {
      failed('the certificate or its key cannot be used');
      return;
    }
    const { handshakes } = context;
    handshakes.begin(socket, {
      onSecure(stream) {
        stream.on('error', ignore);
        const view = readTlsView(stream, { ...choice, ...context, chosenByName: found !== undefined, hello });
        begin(stream, view, proxyProtocol);
      },
      onError(error) {
        failed(messageOf(error));
        const text = `SSL_do_handshake() failed (SSL: ${messageOf(error)}) while SSL handshaking, ${describe()}`;
        engine.errorLog.write('info', text, id);
        socket.destroy();
      },
    });
  }
}

const alertLingerMs = 2000;

/** Fatal alerts of TLS (RFC 8446 section 6.2). */
const alerts = { handshakeFailure: 40, internalError: 80, unrecognizedName: 112 } as const;

/** A request that was never sent, for variables that are asked for before there is one. */
function aboutNothing(connection: ClientConnection<Request>): Request {
  const nothing: BodySource = { done: true, available: () => undefined, next: async () => undefined };
  return newRequest(connection, {
    sink: createHttp1Sink(connection.stream, createInbound(new PassThrough())),
    wire: undefined,
    body: createRequestBody(nothing),
    version: 1000,
    protocol: '',
    pipelined: false,
    startedAtMs: connection.startedAtMs,
    startedMonotonicMs: connection.startedMonotonicMs,
  });
}

function plainAddress(address: string | undefined): string {
  const text = address ?? '';
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? text;
}

function ignore(): void {}
