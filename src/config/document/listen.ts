// `listen`: one address or several, as text, as a bare port, or with options.

import { z } from 'zod';
import { parseListenAddress } from '../listen-address.ts';
import { oneOrMore, parsedBy, text } from './scalars.ts';

const port = z.int().min(0).max(65535).meta({ title: 'port' });
const addressText = text.meta({ title: 'address' });
const parse = parsedBy((value: string | number) => parseListenAddress(String(value)));

export const listenEntry = z.union([
  z.union([addressText, port]).transform((value, context) => ({
    address: parse(value, context),
    proxyProtocol: false,
    http2: undefined,
    mode: undefined,
  })),
  z
    .strictObject({
      address: z
        .union([addressText, port])
        .transform(parse)
        .describe('`host:port`, `[v6]:port`, a port or `:port` for all addresses of both families, or `unix:/path`.'),
      proxyProtocol: z
        .boolean()
        .default(false)
        .describe(
          'Whether every connection begins with a PROXY protocol header. It is believed from `trustedProxies` only.',
        ),
      http2: z
        .boolean()
        .optional()
        .describe('Whether HTTP/2 is offered in the TLS handshake. Default: what the server says.'),
      mode: z
        .string()
        .regex(/^0?[0-7]{3}$/, "write the mode of a file in quotes: '0660'")
        .transform((value) => Number.parseInt(value, 8))
        .optional()
        .describe("Mode of the socket file, in quotes: `'0660'`. Default: what the umask leaves."),
    })
    .meta({
      id: 'Listen',
      description: 'An address to listen on, with options. Servers may share an address if they agree on its options.',
      examples: [
        { address: '0.0.0.0:8443', http2: true },
        { address: 'unix:/run/mutual.sock', mode: '0660' },
      ],
    }),
]);

export const listen = oneOrMore(listenEntry);
