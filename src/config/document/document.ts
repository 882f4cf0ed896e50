// The whole configuration file as a zod schema: which keys there are, what stands at each, and what is meant when it
// does not. What keys mean for one another is in checks/, and paths and names are completed by normalise.ts.

import { z } from 'zod';
import { parseCidr } from '../cidr.ts';
import { parseServerName } from '../server-name.ts';
import { admin } from './admin.ts';
import { http } from './http/http.ts';
import { identityHeaders } from './identity-headers.ts';
import { limits } from './limits.ts';
import { listen } from './listen.ts';
import { log } from './log.ts';
import { route } from './route.ts';
import { rule } from './rule.ts';
import { file, lane, oneOrMore, parsedBy, size, text } from './scalars.ts';
import { signedIdentity } from './signed-identity.ts';
import { tls } from './tls.ts';
import { upstream, upstreamName } from './upstream.ts';

const server = z
  .strictObject({
    listen: listen.describe(
      'Where to listen: `host:port`, `[v6]:port`, a port or `:port` for all addresses of both families, `unix:/path`; ' +
        'one or a list. Several servers may share an address: the name asked for decides.',
    ),
    names: oneOrMore(text.transform(parsedBy(parseServerName)).meta({ title: 'name' }))
      .optional()
      .describe('Names that this server answers to, by SNI and Host: exact or `*.example`. Absent: all that are left.'),
    http2: z.boolean().default(false).describe('Whether HTTP/2 is offered on all its addresses. Needs `tls`.'),
    tls: tls.optional().describe('Absent: plain HTTP.'),
    identityHeaders: identityHeaders
      .optional()
      .describe(
        'Headers that tell the upstream who the client is; `none` sends none. Such headers of clients are removed in ' +
          'any case. Default: `nginx` where client certificates are verified, else `none`.',
      ),
    deny: z
      .array(rule)
      .optional()
      .describe('Who may not pass anywhere on this server: a client for whom any of these rules holds is refused.'),
    routes: z.array(route).min(1).describe('Who may go where. What no route matches is answered 404.'),
    traceparent: z
      .enum(['continue', 'start', 'restart', 'ignore'])
      .optional()
      .describe(
        'What becomes of `traceparent` and `tracestate` (W3C Trace Context). `continue`, the default: a trace that the ' +
          'client is in goes on with a span of the gateway; what is malformed is replaced. `start`: a trace is begun for ' +
          'requests that are in none, too. `restart`: for all, so that strangers have no say. `ignore`: passed on as any header.',
      ),
    maxBodyBytes: size
      .optional()
      .describe('The largest request body; 0 for no limit. In place of the one in `limits`.'),
    lane: lane
      .optional()
      .describe(
        'Which lane forwards requests: `standard` can do everything and is the reference, `express` takes plain HTTP/1.1 at a ' +
          'small part of the cost and hands over whatever is more than that. Clients and upstreams see no difference. `auto` ' +
          'takes whichever fits; `express` does, too, and says in the log why a connection was handed over. Default: `auto`.',
      ),
  })
  .meta({
    id: 'Server',
    description: 'A server: addresses, names, a certificate, and routes.',
    examples: [
      {
        listen: '0.0.0.0:8443',
        names: ['service1.company-b.example'],
        tls: { certificate: 'certs/server.crt', key: 'certs/server.key', clients: { ca: 'certs/rootca.crt' } },
        routes: [{ path: '/', upstream: 'http://127.0.0.1:3000' }],
      },
    ],
  });

/** Beyond the cores of a large machine there is a slip of the pen. */
const mostWorkers = 512;

export const document = z
  .strictObject({
    servers: z.array(server).prefault([]).describe('What is listened on, and what happens with requests there.'),
    http: http.optional().describe('Servers that process requests as nginx does, beside or in place of `servers`.'),
    upstreams: z
      .record(upstreamName, upstream)
      .prefault({})
      .describe('Upstreams by name. One that is a single plain URL can stand at its route instead.'),
    trustedProxies: oneOrMore(text.transform(parsedBy(parseCidr)).meta({ title: 'address or block' }), 0)
      .optional()
      .describe(
        'Addresses whose X-Forwarded-* and PROXY headers are believed: `10.0.0.1`, `10.0.0.0/8`. Default: none.',
      ),
    limits: limits.prefault({}).describe('Timeouts, and the most that clients may take.'),
    log: log.prefault({}).describe("The program's own log and the access log."),
    signedIdentity: signedIdentity
      .optional()
      .describe('Tells upstreams who a client is in a token that the gateway has signed. Absent: none is sent.'),
    crlCache: file
      .optional()
      .describe(
        'Directory where copies of downloaded revocation lists are kept, for this user alone. Default: `crl-cache` in the ' +
          'folder of this file.',
      ),
    admin: admin
      .optional()
      .describe(
        'The listener for administrators: the page, metrics, health checks. `true` for 127.0.0.1:9901, an address, or more. ' +
          'Absent: none.',
      ),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(mostWorkers)])
      .default(1)
      .describe(
        'Processes that serve, and share the addresses: a number, or `auto`, one for each core. Limits and keep-alive ' +
          'connections to upstreams are those of each process.',
      ),
  })
  .meta({ title: 'mutual configuration' });

/** The upstream that a URL alone stands for. */
export function upstreamOf(url: string): UpstreamDocument {
  return upstream.parse({ servers: url });
}

/** The file after parsing, before paths and names are completed. */
export type Document = z.output<typeof document>;
export type ServerDocument = Document['servers'][number];
export type RouteDocument = ServerDocument['routes'][number];
export type UpstreamDocument = Document['upstreams'][string];
