// The TLS half of one server: certificates, trust and protocols in, a tls.Server out that never listens itself. As in
// nginx the handshake lets every client in, whatever its certificate: what it is worth is asked of each request.

import { constants, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { HttpServerSettings } from '../../../config/http-schema.ts';
import { MutualError, messageOf, whyUnreadable } from '../../../errors.ts';
import { versionRange } from '../proxy/proxy-tls.ts';
import { openKey, passwordsIn } from './open-key.ts';

/** Node takes these out of the same list as the ciphers of TLS 1.2, and has no TLS 1.3 without any. */
export const tls13Suites = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

export interface TlsServerOptions {
  readonly http2: boolean;
  /** Of the server, for its sessions. */
  readonly name: string;
  /** Makes names of files absolute. */
  readonly configured: (file: string) => string;
  /** Undefined: a new one. */
  readonly ticketKey: Buffer | undefined;
  /** Where sessions are kept that outlive this server. */
  readonly sessions: Map<string, Buffer> | undefined;
}

/** @throws MutualError */
export function createTlsServer(
  settings: HttpServerSettings,
  { http2, name, configured, ticketKey, sessions }: TlsServerOptions,
): tls.Server {
  const verify = settings.sslVerifyClient ?? 'off';
  const read = (file: string, role: string): Buffer =>
    file.startsWith('data:') ? Buffer.from(file.slice(5)) : readNamed(configured(file), role);
  const certificates = settings.sslCertificates ?? [];
  const keys = settings.sslCertificateKeys ?? [];
  // What is trusted is also sent behind the certificate of the server where it fits: nginx sends what the file holds.
  const trusted = verify === 'off' ? [] : [settings.sslClientCertificate, settings.sslTrustedCertificate];
  const cas = trusted.flatMap((file) => (file === undefined ? [] : [read(file, 'certificate')]));
  let secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  if (settings.sslSessionTickets === false) secureOptions |= constants.SSL_OP_NO_TICKET;
  const password = settings.sslPasswordFile;
  const passwords = password === undefined ? [] : passwordsIn(read(password, 'password file').toString('utf8'));
  const server = create({
    cert: certificates.map((file) => read(file, 'certificate')),
    key: keys.map((file) => openKey(read(file, 'certificate key'), passwords)),
    // Never undefined: that would mean the public roots.
    ca: cas,
    ...(settings.sslCrl === undefined ? {} : { crl: read(settings.sslCrl, 'revocation list') }),
    requestCert: verify !== 'off',
    rejectUnauthorized: false,
    ...versionRange(settings.sslProtocols ?? ['TLSv1.2', 'TLSv1.3']),
    ciphers: `${tls13Suites}:${settings.sslCiphers ?? 'HIGH:!aNULL:!MD5'}`,
    ecdhCurve: settings.sslEcdhCurve ?? 'auto',
    honorCipherOrder: settings.sslPreferServerCiphers ?? false,
    ...(settings.sslDhparam === undefined ? {} : { dhparam: read(settings.sslDhparam, 'DH parameters') }),
    secureOptions,
    sessionTimeout: Math.max(1, Math.floor((settings.sslSessionTimeout ?? 300_000) / 1000)),
    sessionIdContext: hash('sha256', name).slice(0, 32),
    ...(ticketKey === undefined ? {} : { ticketKeys: ticketKey }),
    ALPNProtocols: [...(http2 ? ['h2'] : []), 'http/1.1', 'http/1.0', 'http/0.9'],
    handshakeTimeout: settings.clientHeaderTimeout ?? 60_000,
  });
  if (/builtin|shared/.test(settings.sslSessionCache ?? '')) cacheSessions(server, sessions ?? new Map(), name);
  return server;
}

function create(options: tls.TlsOptions): tls.Server {
  try {
    return tls.createServer(options);
  } catch (cause) {
    throw new MutualError('certificate-invalid', `a certificate or its key cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function readNamed(file: string, role: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new MutualError('file-unreadable', `cannot load ${role} "${file}": it ${whyUnreadable(cause)}`, { cause });
  }
}

const maxSessions = 20_000;

/** Sessions of TLS 1.2 by their number, for clients without tickets; servers that share them do not mix them up. */
function cacheSessions(server: tls.Server, sessions: Map<string, Buffer>, name: string): void {
  const keyOf = (id: Buffer): string => `${name}\0${id.toString('hex')}`;
  server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(keyOf(id), data);
    if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value as string);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: Error | null, data: Buffer | null) => void) => {
    done(null, sessions.get(keyOf(id)) ?? null);
  });
}
