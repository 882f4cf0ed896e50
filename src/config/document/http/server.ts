// `http.servers`: addresses, names, TLS, and the locations of each.

import { z } from 'zod';
import { parseListenAddress } from '../../listen-address.ts';
import { parsedBy, size, text } from '../scalars.ts';
import { httpLocation } from './location.ts';
import { settings } from './settings.ts';
import { steps } from './steps.ts';
import { as, buffers, complex, count, flag, span } from './values.ts';

const listen = z
  .strictObject({
    address: text
      .transform(parsedBy(parseListenAddress))
      .meta({ title: 'address' })
      .describe('`host:port`, `[v6]:port` or `unix:/path`; `0.0.0.0:80` for all addresses of IPv4.'),
    ssl: flag.default(false).describe('Whether TLS is spoken there.'),
    http2: flag.default(false).describe('Whether HTTP/2 is offered there.'),
    defaultServer: flag.default(false).describe('Whether the server takes requests for names that no server has.'),
    proxyProtocol: flag.default(false).describe('Whether connections begin with a PROXY header.'),
    backlog: count.optional().describe('How many connections may wait to be accepted.'),
    ipv6only: flag.default(true).describe('Whether an address of IPv6 takes connections of IPv6 alone.'),
    reuseport: flag.default(false).describe('Whether each process has a socket of its own.'),
  })
  .meta({
    id: 'HttpListen',
    description: 'An address, with what holds there.',
    examples: [{ address: '0.0.0.0:8443', ssl: true, defaultServer: true }],
  });

/** Settings of a server that requests cannot differ in; they may stand in `http` for all servers. */
export const serverSettings = {
  clientHeaderTimeout: as(span.optional(), 'client_header_timeout'),
  clientHeaderBufferSize: as(size.optional(), 'client_header_buffer_size'),
  largeClientHeaderBuffers: as(buffers.optional(), 'large_client_header_buffers'),
  maxHeaders: as(count.optional(), 'max_headers'),
  ignoreInvalidHeaders: as(flag.optional(), 'ignore_invalid_headers'),
  underscoresInHeaders: as(flag.optional(), 'underscores_in_headers'),
  mergeSlashes: as(flag.optional(), 'merge_slashes'),
  http2: as(flag.optional(), 'http2'),
  http2MaxConcurrentStreams: as(count.optional(), 'http2_max_concurrent_streams'),
  sslCertificates: as(z.array(complex).optional(), 'ssl_certificate', 'one for each kind of key'),
  sslCertificateKeys: as(z.array(complex).optional(), 'ssl_certificate_key', 'in the order of the certificates'),
  sslPasswordFile: as(text.optional(), 'ssl_password_file'),
  sslClientCertificate: as(text.optional(), 'ssl_client_certificate'),
  sslTrustedCertificate: as(text.optional(), 'ssl_trusted_certificate'),
  sslVerifyClient: as(z.enum(['off', 'on', 'optional', 'optional_no_ca']).optional(), 'ssl_verify_client'),
  sslVerifyDepth: as(count.optional(), 'ssl_verify_depth'),
  sslCrl: as(text.optional(), 'ssl_crl'),
  sslOcsp: as(z.enum(['off', 'on', 'leaf']).optional(), 'ssl_ocsp'),
  sslProtocols: as(z.array(text).optional(), 'ssl_protocols'),
  sslCiphers: as(text.optional(), 'ssl_ciphers'),
  sslEcdhCurve: as(text.optional(), 'ssl_ecdh_curve'),
  sslDhparam: as(text.optional(), 'ssl_dhparam'),
  sslPreferServerCiphers: as(flag.optional(), 'ssl_prefer_server_ciphers'),
  sslSessionCache: as(text.optional(), 'ssl_session_cache', 'its arguments as one text'),
  sslSessionTimeout: as(span.optional(), 'ssl_session_timeout'),
  sslSessionTickets: as(flag.optional(), 'ssl_session_tickets'),
  sslSessionTicketKeys: as(z.array(text).optional(), 'ssl_session_ticket_key'),
  sslRejectHandshake: as(flag.optional(), 'ssl_reject_handshake'),
  sslStapling: as(flag.optional(), 'ssl_stapling'),
  sslStaplingFile: as(text.optional(), 'ssl_stapling_file'),
} as const;

export const httpServer = z
  .strictObject({
    listen: z.array(listen).min(1).describe('Where to listen.'),
    names: z
      .array(z.string())
      .optional()
      .describe("As nginx's `server_name`: exact, `*.example`, `example.*`, `.example`, or `~` and an expression."),
    steps: steps.optional().describe('What the rewrite module does before a location is looked for.'),
    tryFiles: as(z.array(complex).min(2).optional(), 'try_files'),
    locations: z.array(httpLocation).optional().describe('What happens where.'),
    ...serverSettings,
    ...settings,
  })
  .meta({
    id: 'HttpServer',
    description: 'A server with locations.',
    examples: [
      {
        listen: [{ address: '0.0.0.0:8080' }],
        names: ['service1.company-b.example'],
        locations: [{ prefix: '/', proxyPass: 'http://127.0.0.1:3000' }],
      },
    ],
  });
