// One TLS connection of a client that may do as it likes: it shows the certificate it is told to, asks for the name, the
// version and the session it is told to, sends one request, and keeps everything that can be observed from outside.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import type { TlsVersion } from '../../src/config/schema.ts';
import type { AfterHook, CertificateFiles } from './openssl.ts';

export interface TlsAttempt {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** The client's own address. Default: the system's choice. */
  readonly from?: string;
  /** PEM file of the CA that the server must come from. */
  readonly ca: string;
  /** What is shown when a certificate is asked for. Absent: nothing. */
  readonly identity?: CertificateFiles | undefined;
  /** PEM files sent after the certificate. */
  readonly chain?: readonly string[];
  /** Exactly this version. Default: TLS 1.3. */
  readonly version?: TlsVersion;
  /** SNI, byte for byte. Absent: none is sent. */
  readonly serverName?: string;
  /** A session of an earlier connection, offered for resumption. */
  readonly session?: Buffer | undefined;
  /** The Host header. Default `localhost`. */
  readonly host?: string;
  readonly path?: string;
  /** More header lines, each without its line end. */
  readonly headers?: readonly string[];
  /** Whether a request is sent. Default true; a client that stays silent sees alerts that a reset would swallow. */
  readonly speaks?: boolean;
  /** What is sent in place of the ClientHello, piece by piece. */
  readonly rewriteHello?: (hello: Buffer) => readonly Buffer[];
}

export interface TlsOutcome {
  /** Of the response; 0 where none came. */
  readonly status: number;
  /** Everything that came back. */
  readonly text: string;
  /** Whether the handshake was done as far as this client could tell. In TLS 1.3 that says nothing of its certificate. */
  readonly secured: boolean;
  /** Lower-case hex of the SHA-1 of the certificate that the server showed; none is shown again on resumption. */
  readonly serverFingerprint: string | undefined;
  /** Whether the server took the session up. */
  readonly resumed: boolean;
  /** The last session that the server gave. */
  readonly session: Buffer | undefined;
  /** Code of the error that ended the connection: an alert, a reset. */
  readonly error: string | undefined;
  /** The port that the gateway saw this client at. */
  readonly clientPort: number;
}

/** Both versions, for tests that hold for each. */
export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;

/** What `tls.connect` needs for this attempt, without the socket. */
export function tlsOptionsOf(attempt: TlsAttempt): tls.ConnectionOptions {
  const { ca, identity, chain = [], version = 'TLSv1.3', serverName, session } = attempt;
  return {
    ca: readFileSync(ca),
    ...(identity === undefined
      ? {}
      : {
          cert: [identity.certificate, ...chain].map((file) => readFileSync(file, 'latin1')).join('\n'),
          key: readFileSync(identity.key),
        }),
    minVersion: version,
    maxVersion: version,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(session === undefined ? {} : { session }),
    // The name in the server's certificate is not what these tests are about.
    checkServerIdentity: () => undefined,
  };
}

/** Connects, sends one request, and resolves once the connection is closed. Never rejects. */
export function attemptTls(t: AfterHook, attempt: TlsAttempt): Promise<TlsOutcome> {
  const {
    port,
    address = '127.0.0.1',
    from,
    host = 'localhost',
    path = '/',
    headers = [],
    speaks = true,
    rewriteHello,
  } = attempt;
  return new Promise((resolve) => {
    const raw = net.connect({ host: address, port, ...(from === undefined ? {} : { localAddress: from }) });
    const socket = rewriteHello === undefined ? raw : rewriteFirst(raw, rewriteHello);
    const stream = tls.connect({ socket, ...tlsOptionsOf(attempt) });
    t.after(() => stream.destroy());
    const chunks: Buffer[] = [];
    let secured = false;
    let resumed = false;
    let serverFingerprint: string | undefined;
    let session: Buffer | undefined;
    let error: string | undefined;
    let clientPort = 0;
    raw.once('connect', () => {
      clientPort = raw.localPort ?? 0;
    });
    stream.once('secureConnect', () => {
      secured = true;
      resumed = stream.isSessionReused();
      serverFingerprint = stream.getPeerX509Certificate()?.fingerprint.replaceAll(':', '').toLowerCase();
      const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers];
      if (speaks) stream.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
    stream.on('session', (given) => {
      session = given;
    });
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      error ??= cause.code ?? cause.message;
    });
    stream.once('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
      resolve({ status, text, secured, serverFingerprint, resumed, session, error, clientPort });
    });
  });
}

/** A stream like the socket whose first chunk goes out as other pieces, each in a segment of its own. */
function rewriteFirst(raw: net.Socket, rewrite: (first: Buffer) => readonly Buffer[]): Duplex {
  const [near, far] = duplexPair();
  raw.setNoDelay(true);
  raw.on('error', (error) => near.destroy(error));
  raw.once('close', () => near.destroy());
  near.once('close', () => raw.destroy());
  far.once('data', async (first: Buffer) => {
    far.pause();
    for (const piece of rewrite(first)) {
      raw.write(piece);
      // The other side is in this process: it gets to read what has come so far.
      await turn();
      await turn();
    }
    far.pipe(raw);
  });
  raw.pipe(far);
  return near;
}
