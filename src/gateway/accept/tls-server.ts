// The TLS half of one server block: certificate, trust and verify mode go in, a tls.Server comes out that never
// listens itself; sockets are handed to it. Nothing here may widen trust: the anchors are always an explicit list.

import { constants, hash } from 'node:crypto';
import tls from 'node:tls';
import { judgesRevocation } from '../../config/judges-revocation.ts';
import type { TlsConfig } from '../../config/schema.ts';
import type { ServerCredentials } from '../../credentials/server-credentials.ts';
import { printPem } from '../../x509/pem.ts';

/**
 * Forward secrecy and authenticated encryption only (RFC 9325 §4.2), for TLS 1.2 and 1.3.
 * The client chooses among them: phones without AES instructions prefer ChaCha20.
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Seconds that a session may be resumed after its handshake; nginx's `ssl_session_timeout`. */
const sessionTimeoutSeconds = 300;

/**
 * Builds the tls.Server of one server block.
 *
 * `rejectUnauthorized` is left off only where the mode needs it (`optional`, or `refuse: http`): the verdict of the
 * authenticate stage decides then, and decides again for every resumed session.
 */
export function createTlsServer(
  name: string,
  config: TlsConfig,
  credentials: ServerCredentials,
  options: {
    readonly http2: boolean;
    readonly handshakeTimeoutMs: number;
    /** 48 bytes; absent: random ones. */
    readonly ticketKeys?: Buffer | undefined;
  },
): tls.Server {
  const { clients } = config;
  const asks = clients.verify !== 'none';
  // Renegotiation would let a client change its certificate in mid-connection.
  let secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  if (!config.resumption) secureOptions |= constants.SSL_OP_NO_TICKET;
  return tls.createServer({
    cert: credentials.certificate,
    key: credentials.key,
    // Never undefined: that would mean the public roots.
    ca: credentials.anchors.map((anchor) => anchor.pem()),
    ...(credentials.revocationLists.length > 0 && !judgesRevocation(clients)
      ? { crl: credentials.revocationLists.map((list) => printPem('X509 CRL', list.der)) }
      : {}),
    requestCert: asks,
    rejectUnauthorized: clients.verify === 'required' && clients.refuse === 'handshake',
    minVersion: config.minVersion,
    maxVersion: 'TLSv1.3',
    ciphers,
    secureOptions,
    sessionTimeout: sessionTimeoutSeconds,
    ...(options.ticketKeys === undefined ? {} : { ticketKeys: options.ticketKeys }),
    // A session belongs to the server block it was made for; 32 bytes are the most OpenSSL takes.
    sessionIdContext: hash('sha256', name).slice(0, 32),
    // With the older name, as nginx: "curl --http1.0" offers nothing else, and OpenSSL gives up where none is shared.
    ALPNProtocols: [...(options.http2 ? ['h2'] : []), 'http/1.1', 'http/1.0'],
    handshakeTimeout: options.handshakeTimeoutMs,
  });
}
