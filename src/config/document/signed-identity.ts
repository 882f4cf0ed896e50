// `signedIdentity`: a token that proves to upstreams that what they are told of a client comes from the gateway.

import { z } from 'zod';
import { duration, file, oneOrMore, text } from './scalars.ts';

export const signedIdentity = z
  .strictObject({
    key: oneOrMore(file).describe(
      'PEM files of private keys, EC P-256. The first signs; the public halves of all are published, so that a key can ' +
        'be added before it signs, and stay until the last token of it has ended.',
    ),
    issuer: text.default('mutual').describe('The claim `iss`.'),
    audience: oneOrMore(text)
      .optional()
      .describe('The claim `aud`: who the token is for. Absent: it is for whoever gets it.'),
    lifetime: duration.prefault('60s').describe('How long a token counts. Each request has its own.'),
  })
  .meta({
    id: 'SignedIdentity',
    description:
      'Sends `X-Mutual-Identity` for every client whose certificate was verified: a JWT (ES256) with its subject, names and ' +
      'fingerprint, the route and the id of the request. The public keys stand at `/.well-known/jwks.json` of `admin`.',
    examples: [{ key: 'certs/identity.key', issuer: 'https://gateway.company-b.example', audience: 'service1' }],
  });
