// What `http` defines by name for its servers to use: variables, zones, formats, upstreams.

import { z } from 'zod';
import { size, text } from '../scalars.ts';
import { complex, count, flag, span } from './values.ts';

const variable = z.string().regex(/^\$\w+$/, 'a variable is written $name');

export const map = z
  .strictObject({
    source: complex.describe('What is looked up.'),
    variable: variable.describe('The variable that is defined.'),
    default: complex.optional().describe('Its value when nothing matches.'),
    hostnames: flag.default(false).describe('Whether names of hosts may have a `*` at either end.'),
    volatile: flag.default(false).describe('Whether it is looked up anew each time.'),
    entries: z
      .array(
        z
          .strictObject({
            when: z
              .string()
              .describe('A text, or `~` or `~*` and an expression. `\\` before a word keeps its meaning.'),
            value: complex.describe('The value then.'),
          })
          .meta({ id: 'HttpMapEntry', description: 'A value on a match.', examples: [{ when: '~^/a', value: 'yes' }] }),
      )
      .describe('What is matched, and what comes of it.'),
  })
  .meta({
    id: 'HttpMap',
    description: "A variable that depends on another, as nginx's `map`.",
    examples: [{ source: '$host', variable: '$kind', default: 'a', entries: [{ when: 'b.example', value: 'b' }] }],
  });

export const geo = z
  .strictObject({
    source: complex.default('$remote_addr').describe('The address that is looked up.'),
    variable: variable.describe('The variable that is defined.'),
    default: z.string().optional().describe('Its value when nothing matches.'),
    ranges: flag.default(false).describe('Whether networks are given as ranges of addresses.'),
    proxies: z.array(text).optional().describe('Addresses whose X-Forwarded-For is believed.'),
    proxyRecursive: flag.default(false).describe('Whether it is searched for the last address that is not believed.'),
    entries: z
      .array(
        z
          .strictObject({
            network: text.describe('An address, a block or a range.'),
            value: z.string().describe('The value for it.'),
          })
          .meta({
            id: 'HttpGeoEntry',
            description: 'The value for a network.',
            examples: [{ network: '10.0.0.0/8', value: 'inside' }],
          }),
      )
      .describe('Networks and their values; of several the narrowest counts.'),
  })
  .meta({
    id: 'HttpGeo',
    description: "A variable that depends on an address, as nginx's `geo`.",
    examples: [{ variable: '$inside', default: '0', entries: [{ network: '10.0.0.0/8', value: '1' }] }],
  });

export const split = z
  .strictObject({
    source: complex.describe('What is hashed.'),
    variable: variable.describe('The variable that is defined.'),
    parts: z
      .array(
        z
          .strictObject({
            share: z
              .string()
              .regex(/^(\*|\d+(\.\d{1,2})?%)$/)
              .describe('A percentage, or `*` for the rest.'),
            value: z.string().describe('The value for this part.'),
          })
          .meta({ id: 'HttpSplitPart', description: 'A part.', examples: [{ share: '0.5%', value: 'new' }] }),
      )
      .min(1)
      .describe('The parts.'),
  })
  .meta({
    id: 'HttpSplit',
    description: "A variable with one of several values, as nginx's `split_clients`.",
    examples: [{ source: '$remote_addr', variable: '$variant', parts: [{ share: '*', value: 'old' }] }],
  });

export const requestZone = z
  .strictObject({
    name: text.describe('Name of the zone.'),
    key: complex.describe('What is counted by; an empty key is not counted.'),
    rate: z
      .string()
      .regex(/^\d+r\/[sm]$/)
      .describe('`10r/s`, or `30r/m`.'),
    size: size.optional().describe('Size of the zone.'),
  })
  .meta({
    id: 'HttpRequestZone',
    description: 'A zone of `limitRequests`.',
    examples: [{ name: 'one', key: '$binary_remote_addr', rate: '10r/s' }],
  });

export const connectionZone = z
  .strictObject({
    name: text.describe('Name of the zone.'),
    key: complex.describe('What is counted by; an empty key is not counted.'),
    size: size.optional().describe('Size of the zone.'),
  })
  .meta({
    id: 'HttpConnectionZone',
    description: 'A zone of `limitConnections`.',
    examples: [{ name: 'one', key: '$binary_remote_addr' }],
  });

export const logFormat = z
  .strictObject({
    escape: z.enum(['default', 'json', 'none']).default('default').describe('How values are escaped.'),
    format: complex.describe('The line.'),
  })
  .meta({
    id: 'HttpLogFormat',
    description: 'A format of access logs.',
    examples: [{ format: '$remote_addr "$request" $status' }],
  });

const upstreamServer = z
  .strictObject({
    address: text.describe('`host:port`, a host, `[v6]:port` or `unix:/path`.'),
    weight: count.default(1).describe('Its share.'),
    maxConnections: count.default(0).describe('Connections at once; 0 for no limit.'),
    maxFails: count.default(1).describe('Failures within `failTimeout` that take it out for as long; 0: never.'),
    failTimeout: span.prefault('10s').describe('See `maxFails`.'),
    backup: flag.default(false).describe('Whether it is used only when all others are out.'),
    down: flag.default(false).describe('Whether it is not used at all.'),
  })
  .meta({
    id: 'HttpUpstreamServer',
    description: 'A server of an upstream.',
    examples: [{ address: '127.0.0.1:8080', weight: 2 }],
  });

const keyHash = z
  .strictObject({
    hash: complex.describe('What is hashed.'),
    consistent: flag.default(false).describe('Whether by the ketama algorithm.'),
  })
  .meta({ id: 'HttpHash', description: 'Choice by a key.', examples: [{ hash: '$request_uri', consistent: true }] });

const random = z
  .strictObject({ random: z.enum(['one', 'two']).describe('How many are chosen among at random.') })
  .meta({ id: 'HttpRandom', description: 'Choice at random.', examples: [{ random: 'two' }] });

export const httpUpstream = z
  .strictObject({
    servers: z.array(upstreamServer).min(1).describe('The servers.'),
    balance: z
      .union([z.enum(['round-robin', 'least-connections', 'ip-hash']), keyHash, random])
      .default('round-robin')
      .describe('How a server is chosen.'),
    keepalive: count.optional().describe('Unused connections that are kept.'),
    keepaliveRequests: count.default(1000).describe('Requests on one connection.'),
    keepaliveTime: span.prefault('1h').describe('The age of a connection.'),
    keepaliveTimeout: span.prefault('60s').describe('How long an unused connection is kept.'),
    zone: text.optional().describe('Name of its shared memory.'),
  })
  .meta({
    id: 'HttpUpstream',
    description: "A group of servers, as nginx's `upstream`.",
    examples: [{ servers: [{ address: '127.0.0.1:8080' }, { address: '127.0.0.1:8081', backup: true }] }],
  });
