// One request of a client that may show any certificate, weak ones included: what `explain` says of it is compared with.

import { readFileSync } from 'node:fs';
import net, { isIP } from 'node:net';
import tls from 'node:tls';
import type { CertificateFiles } from './openssl.ts';

export interface ShownRequest {
  readonly port: number;
  readonly identity: CertificateFiles;
  /** PEM files sent behind the certificate. */
  readonly chain?: readonly string[];
  /** For SNI, where it is no address, and for Host. Default localhost. */
  readonly host?: string;
  readonly path: string;
  /** `plain`: no TLS at all. Default TLS 1.3. */
  readonly version?: 'TLSv1.2' | 'TLSv1.3' | 'plain';
}

export interface ShownOutcome {
  /** Of the response; 0 where none came. */
  readonly status: number;
  /** The port that the gateway saw this client at. */
  readonly clientPort: number;
}

/** What the client would show, as one file. */
export function shownFile({ identity, chain = [] }: Pick<ShownRequest, 'identity' | 'chain'>): Buffer {
  return Buffer.concat([identity.certificate, ...chain].map((file) => readFileSync(file)));
}

/** Resolves once the connection is closed. Never rejects. The server is not verified. */
export function showCertificate(request: ShownRequest): Promise<ShownOutcome> {
  const { port, identity, host = 'localhost', path, version = 'TLSv1.3' } = request;
  const raw = net.connect({ host: '127.0.0.1', port });
  const stream =
    version === 'plain'
      ? raw
      : tls.connect({
          socket: raw,
          rejectUnauthorized: false,
          ...(isIP(host) === 0 ? { servername: host } : {}),
          cert: shownFile(request),
          key: readFileSync(identity.key),
          // The client's own library would not load weak certificates otherwise.
          ciphers: 'DEFAULT@SECLEVEL=0',
          minVersion: version,
          maxVersion: version,
        });
  let clientPort = 0;
  let answer = '';
  raw.once('connect', () => {
    clientPort = raw.localPort ?? 0;
  });
  stream.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  stream.on('data', (chunk) => {
    answer += chunk;
  });
  stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.once('close', () => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0), clientPort });
    });
  });
}
