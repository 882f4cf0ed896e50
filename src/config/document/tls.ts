// `tls` of a server: what it shows, and what it asks of clients.

import { z } from 'zod';
import { crl } from './crl.ts';
import { ocsp } from './ocsp.ts';
import { file, oneOrMore } from './scalars.ts';

export const verifyMode = z.enum(['required', 'optional', 'none']);
export const tlsVersion = z.enum(['TLSv1.2', 'TLSv1.3']);

/** The longest path that is looked for has ten certificates, the client's own and the root among them. */
const mostDepth = 8;

export const clients = z
  .strictObject({
    verify: verifyMode
      .optional()
      .describe(
        'Whether a client must show a certificate that the CA issued: `required`; `optional`, which admits clients ' +
          'without any but never one with a bad one; or `none`. Default: `required`.',
      ),
    ca: oneOrMore(file)
      .optional()
      .describe('PEM files of the authorities whose clients are admitted. The only ones: public roots never count.'),
    crl: crl
      .optional()
      .describe(
        'Revocation lists, PEM or DER: files, reread when they change, and `{ url, refresh }`, fetched in the background.',
      ),
    crlDistributionPoints: z
      .boolean()
      .default(false)
      .describe(
        'Whether the lists are fetched, too, that the certificates in `ca` and those of verified clients name (CRL ' +
          'distribution points, http and https). The first client of a CA waits for its list. A client whose CA has no list ' +
          'is refused.',
      ),
    onCrlExpired: z
      .enum(['refuse', 'keep'])
      .default('refuse')
      .describe(
        'What a revocation list past its end is worth: `refuse` refuses every client of its CA, `keep` goes by what it ' +
          'says until there is a new one.',
      ),
    ocsp: ocsp
      .optional()
      .describe('Whether OCSP responders are asked about clients: `leaf`, or how. Absent: they are not.'),
    depth: z
      .int()
      .min(0)
      .max(mostDepth)
      .optional()
      .describe(
        'The most CAs between the certificate of a client and a root in `ca`; 0 takes only what a root has issued itself. ' +
          "nginx's `ssl_verify_depth`, which is 1 there by default; here the default is no limit. Sessions are not resumed " +
          'then, for a resumed one shows no chain.',
      ),
    requireClientAuthEku: z
      .boolean()
      .default(false)
      .describe(
        'Whether the certificate of a client must name the purpose clientAuth (extended key usage). One that names other ' +
          'purposes only is refused in any case; this refuses one that names none.',
      ),
    refuse: z
      .enum(['handshake', 'http'])
      .default('handshake')
      .describe(
        'How a client is refused. `handshake`: one without a certificate by a TLS alert, one with a bad certificate by ' +
          'closing the connection, before it can send a request (Node.js sends no alert there). `http`: by an answer that ' +
          'says why.',
      ),
  })
  .meta({
    id: 'Clients',
    description: 'Client certificates.',
    examples: [{ verify: 'required', ca: 'certs/rootca.crt', crl: ['certs/rootca.crl'] }],
  });

export const tls = z
  .strictObject({
    certificate: file.describe('PEM file of the certificate, followed by its intermediates.'),
    key: file.optional().describe('PEM file of the private key. Default: the same file as `certificate`.'),
    keyPasswordFile: file.optional().describe('File whose first line is the password of the key.'),
    minVersion: tlsVersion.default('TLSv1.2').describe('The oldest version of TLS accepted.'),
    resumption: z
      .boolean()
      .default(true)
      .describe('Whether sessions may be resumed. A resumed client is judged like a new one.'),
    ticketKeys: file
      .optional()
      .describe(
        'File of 48 or 80 random bytes (`openssl rand 48`) that keys of session tickets are made of, so that sessions are ' +
          'resumed on every machine that has it with the same name, certificate, CA and revocation lists; where one of them ' +
          'changes, so do the keys. Whoever reads it can read sessions of TLS 1.2: replace it daily. Absent: random ones, ' +
          'shared by the workers of one program.',
      ),
    clients: clients.optional().describe('Client certificates. Absent: none is asked for.'),
  })
  .meta({
    id: 'Tls',
    description: 'TLS of a server.',
    examples: [{ certificate: 'certs/server.crt', key: 'certs/server.key', clients: { ca: 'certs/rootca.crt' } }],
  });
