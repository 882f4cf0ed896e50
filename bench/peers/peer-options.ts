// What the gateways written with Node.js libraries share, so that the libraries are compared: TLS options, the headers of
// the client's identity, taken once for each connection as a careful author would, and the access log.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import pino from 'pino';

export interface PeerOrder {
  readonly port: number;
  readonly credentials: string;
  readonly backendPort: number;
  readonly log: string;
}

export function readOrder(): PeerOrder {
  return JSON.parse(process.argv[2] ?? '') as PeerOrder;
}

/** How long connections are kept, as with the others. */
export const idleTimeoutMs = 600_000;

export function tlsOptions({ credentials }: PeerOrder): ServerOptions {
  const read = (name: string): Buffer => readFileSync(join(credentials, name));
  return {
    cert: read('server.crt'),
    key: read('server.key'),
    ca: read('ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
    keepAliveTimeout: idleTimeoutMs,
  };
}

type Fields = Readonly<Record<string, string>>;
const identities = new WeakMap<TLSSocket, Fields>();

function identityOf(socket: TLSSocket): Fields {
  const known = identities.get(socket);
  if (known !== undefined) return known;
  const { subject, issuer, serialNumber, fingerprint } = socket.getPeerCertificate();
  const fields = {
    'x-ssl-client-verify': 'SUCCESS',
    'x-ssl-client-s-dn': printName(subject),
    'x-ssl-client-i-dn': printName(issuer),
    'x-ssl-client-serial': serialNumber,
    'x-ssl-client-fingerprint': fingerprint.replaceAll(':', '').toLowerCase(),
  };
  identities.set(socket, fields);
  return fields;
}

function printName(name: PeerCertificate['subject']): string {
  return Object.entries(name)
    .map(([type, value]) => `${type}=${String(value)}`)
    .reverse()
    .join(',');
}

/** The headers that every program under measurement sets. */
export function forwardedFields(request: IncomingMessage): Fields {
  const address = request.socket.remoteAddress ?? '';
  return {
    'x-real-ip': address,
    'x-forwarded-for': address,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': request.headers.host ?? '',
    'x-request-id': randomBytes(16).toString('hex'),
    ...identityOf(request.socket as TLSSocket),
  };
}

/** One line for each finished request, written many at a time. */
export function accessLog({ log }: PeerOrder): (request: IncomingMessage, response: ServerResponse) => void {
  const file = pino.destination({ dest: log, sync: false, minLength: 8192 });
  return (request, response) => {
    const { method, url, headers, socket } = request;
    const length = String(response.getHeader('content-length') ?? '-');
    const time = new Date().toISOString();
    file.write(
      `${socket.remoteAddress} - - [${time}] "${method} ${url} HTTP/1.1" ${response.statusCode} ${length} "${headers.referer ?? '-'}" "${headers['user-agent'] ?? '-'}"\n`,
    );
  };
}
