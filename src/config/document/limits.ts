// `limits`: what clients may take, of time, memory and connections. Each has a reason, and a default that protects.

import { z } from 'zod';
import { MutualError } from '../../errors.ts';
import { duration, durationOrOff, parsedBy, size } from './scalars.ts';

const count = z.int().min(1);
const countOrOff = z.int().min(0);

const headSize = size.transform(
  parsedBy((bytes: number) => {
    if (bytes < 1024 || bytes > 1024 ** 2) {
      throw new MutualError('config-invalid', 'must be between 1k and 1m');
    }
    return bytes;
  }),
);

export const limits = z
  .strictObject({
    handshakeTimeout: duration.prefault('10s').describe('For the TLS handshake to be done.'),
    headTimeout: duration
      .prefault('10s')
      .describe('For the head of a request to arrive, so that nobody holds connections by sending a byte at a time.'),
    idleTimeout: duration.prefault('75s').describe('How long a connection is kept between two requests.'),
    requestTimeout: durationOrOff
      .prefault(0)
      .describe('For a whole request to arrive, body included; 0 for no limit, since uploads may be long.'),
    bodyIdleTimeout: duration
      .prefault('60s')
      .describe('Between two pieces of a request body, and between two that the client takes of a response.'),
    maxHeadBytes: headSize.prefault('32k').describe('The largest request head: line and headers together.'),
    maxHeaders: count.max(10_000).default(1000).describe('The most headers in one request.'),
    maxConnections: count.default(10_000).describe('Connections at once, from all clients, in one process.'),
    maxConnectionsPerAddress: countOrOff
      .default(1000)
      .describe('Connections at once from one client address; 0 for no limit.'),
    maxRequestsPerConnection: countOrOff
      .default(0)
      .describe('Requests on one connection before it is closed; 0 for no limit.'),
    maxBodyBytes: size.prefault(0).describe('The largest request body; 0 for no limit. Servers and routes may differ.'),
    maxConnectionAge: durationOrOff
      .prefault(0)
      .describe('A connection of a client is ended after it, between two requests; 0 for no limit.'),
    drainTimeout: duration.prefault('30s').describe('For requests in flight to end when the program stops.'),
    http2MaxConcurrentStreams: count.max(10_000).default(100).describe('Requests at once on one HTTP/2 connection.'),
  })
  .meta({
    id: 'Limits',
    description:
      'What clients may take of time, memory and connections. Each default protects; 0 means no limit where it is allowed.',
    examples: [{ headTimeout: '5s', maxBodyBytes: '10m' }],
  });
