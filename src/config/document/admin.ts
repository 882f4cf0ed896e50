// `admin`: the listener for administrators and monitoring; `true`, an address, or an object.

import { z } from 'zod';
import { parseListenAddress } from '../listen-address.ts';
import { parseServerName } from '../server-name.ts';
import { listenEntry } from './listen.ts';
import { rule } from './rule.ts';
import { oneOrMore, parsedBy, text } from './scalars.ts';
import { tls } from './tls.ts';

/** Reached from this machine alone, unless the operator says otherwise. */
export const defaultAdminAddress = '127.0.0.1:9901';

const settings = z
  .strictObject({
    listen: listenEntry
      .prefault(defaultAdminAddress)
      .describe(
        'Where to listen: `host:port` or `unix:/path`; one address, that no server has. Off loopback it should ask for ' +
          'client certificates: whoever reaches it sees who your clients are.',
      ),
    tls: tls.optional().describe('Absent: plain HTTP.'),
    allow: z
      .array(rule)
      .optional()
      .describe('Who may pass: a client for whom any of these rules holds. Absent: every client that `tls` admits.'),
    deny: z.array(rule).optional().describe('Who may not: a client for whom any of these rules holds is refused.'),
    allowedHosts: oneOrMore(text.transform(parsedBy(parseServerName)).meta({ title: 'name' }), 0)
      .optional()
      .describe(
        'Names by which it may be asked for (Host), beside `localhost`, addresses of this machine, and the host of ' +
          '`listen`. Others are refused: a foreign page may point a name of its own here.',
      ),
    clientMetrics: z
      .boolean()
      .default(false)
      .describe(
        'Whether `/metrics` has a series for each client certificate seen, with its subject; else one for the first to ' +
          'expire, without a name.',
      ),
  })
  .meta({
    id: 'Admin',
    description: 'The listener for administrators: page, metrics, health. Never an address that clients reach.',
    examples: [
      { listen: defaultAdminAddress },
      {
        listen: '10.0.0.5:9901',
        tls: { certificate: 'certs/admin.crt', key: 'certs/admin.key', clients: { ca: 'certs/staff-ca.crt' } },
        allow: [{ organizationalUnit: 'Operations' }],
      },
    ],
  });

const address = z
  .union([text.meta({ title: 'address' }), z.int().min(0).max(65535).meta({ title: 'port' })])
  .transform(parsedBy((value: string | number) => parseListenAddress(String(value))));

/** Undefined when parsed: no admin listener. */
export const admin = z.union([
  z.boolean().transform((wanted) => (wanted ? settings.parse({}) : undefined)),
  address.transform((value) => settings.parse({ listen: formatted(value) })),
  settings,
]);

function formatted(value: ReturnType<typeof parseListenAddress>): string {
  if (value.kind === 'unix') return `unix:${value.path}`;
  return `${value.host.includes(':') ? `[${value.host}]` : value.host}:${value.port}`;
}

/** The settings after parsing. */
export type AdminDocument = z.output<typeof settings>;
