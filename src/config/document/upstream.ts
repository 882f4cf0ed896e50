// `upstreams`: groups of servers behind the gateway, and the TLS spoken to them.

import { z } from 'zod';
import { parseUpstreamUrl } from '../upstream-url.ts';
import { crl } from './crl.ts';
import { duration, file, oneOrMore, parsedBy, template, text } from './scalars.ts';
import { tlsVersion } from './tls.ts';

const url = text.transform(parsedBy(parseUpstreamUrl)).meta({ title: 'URL' });
const maxConnections = z.int().min(1).optional();

export const upstreamServer = z.union([
  url.transform((address) => ({
    url: address,
    weight: 1,
    backup: false,
    maxFails: 1,
    failTimeout: 10_000,
    maxConnections: undefined,
  })),
  z
    .strictObject({
      url: url.describe('`http://host:port`, `https://host:port` or `unix:/path`; a port left out is 80 or 443.'),
      weight: z.int().min(1).max(1000).default(1).describe('Share of the requests, beside the weights of the others.'),
      backup: z.boolean().default(false).describe('Whether it is used only when all others are out.'),
      maxFails: z
        .int()
        .min(0)
        .default(1)
        .describe('Failures within `failTimeout` that take the server out for as long; 0: never.'),
      failTimeout: duration.prefault('10s').describe('See `maxFails`.'),
      maxConnections: maxConnections.describe("Connections at once to this server. Default: the upstream's."),
    })
    .meta({
      id: 'UpstreamServer',
      description: 'A server of an upstream, with options.',
      examples: [{ url: 'http://10.0.0.2:3000', weight: 2 }],
    }),
]);

export const upstreamTls = z
  .strictObject({
    certificate: file.optional().describe('PEM file of the client certificate to show, followed by its intermediates.'),
    key: file.optional().describe('PEM file of its private key. Default: the same file as `certificate`.'),
    keyPasswordFile: file.optional().describe('File whose first line is the password of the key.'),
    pkcs12: file.optional().describe('PKCS#12 file with certificate and key, in place of the two.'),
    pkcs12PasswordFile: file.optional().describe('File whose first line is the password of the PKCS#12 file.'),
    ca: z
      .union([z.literal('system'), oneOrMore(file)])
      .optional()
      .describe(
        'PEM files of the authorities that the upstream is verified against, or `system` for the public roots.',
      ),
    serverName: text
      .optional()
      .describe('Name that is asked for (SNI) and that the certificate must have. Default: the host of the URL.'),
    crl: crl.optional().describe('Revocation lists, PEM or DER: files, or `{ url, refresh }`.'),
    unsafeSkipVerify: z
      .boolean()
      .default(false)
      .describe('Accepts any certificate, so that anybody on the way can be the upstream. Warned of at every start.'),
    minVersion: tlsVersion.default('TLSv1.2').describe('The oldest version of TLS accepted.'),
  })
  .meta({
    id: 'UpstreamTls',
    description:
      'TLS toward an upstream. Its certificate is verified by authority and by name: without `ca` an `https` upstream is ' +
      'a fault.',
    examples: [{ certificate: 'certs/client.crt', key: 'certs/client.key', ca: 'certs/rootca.crt' }],
  });

export const upstream = z
  .strictObject({
    servers: oneOrMore(upstreamServer).describe('The servers. All of them speak TLS, or none does.'),
    balance: z
      .enum(['round-robin', 'least-connections', 'hash'])
      .default('round-robin')
      .describe('How a server is chosen; `hash` sends equal `hashKey`s to the same server.'),
    hashKey: template.optional().describe('What is hashed, for `balance: hash`.'),
    tls: upstreamTls.optional().describe('Needed for `https` servers.'),
    connectTimeout: duration.prefault('10s').describe('For a connection to stand, TLS included.'),
    responseTimeout: duration.prefault('60s').describe('From the request sent to the head of the response.'),
    bodyIdleTimeout: duration.prefault('5m').describe('Between two pieces of a body, either way.'),
    idleTimeout: duration
      .prefault('4s')
      .describe(
        'How long an unused connection is kept. Less than the 5 s after which Node.js, Apache and others close ' +
          'theirs: a request sent on a connection that is just being closed would fail.',
      ),
    maxConnections: maxConnections.describe('Connections at once to each server, from one process. Absent: no limit.'),
    resolve: duration.prefault('30s').describe('How long a resolved name is believed.'),
  })
  .meta({
    id: 'Upstream',
    description: 'A group of servers that do the same work.',
    examples: [
      {
        servers: ['https://service1.company-b.example:8443'],
        tls: { certificate: 'certs/client.crt', key: 'certs/client.key', ca: 'certs/rootca.crt' },
      },
    ],
  });

export const upstreamName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'the name of an upstream has letters, digits, ".", "_" and "-" alone');
