// `tls.clients.ocsp`: whether, and how, the responders of CAs are asked about clients.

import { z } from 'zod';
import { MutualError } from '../../errors.ts';
import { duration, parsedBy, text } from './scalars.ts';

const defaultTimeoutMs = 3000;

function parseResponder(value: string): string {
  const url = URL.parse(value);
  // Answers are signed; a responder behind TLS would have a certificate of its own whose status had to be asked.
  if (url?.protocol === 'http:' && url.username === '' && url.password === '') return url.href;
  throw new MutualError('config-invalid', 'expected a URL that begins with http://, without a password');
}

export const ocsp = z.union([
  z
    .literal('leaf')
    .transform(() => ({ check: 'leaf', fail: 'hard', responder: undefined, timeout: defaultTimeoutMs }) as const),
  z
    .strictObject({
      check: z.literal('leaf').default('leaf').describe("About whom: the client's own certificate."),
      fail: z
        .enum(['soft', 'hard'])
        .default('hard')
        .describe(
          'What happens while no responder gives an answer that counts: `hard` refuses, `soft` admits. An answer that the ' +
            'certificate is revoked, or not known, refuses in either case. With `soft`, whoever can keep the responder from ' +
            'being reached can use a revoked certificate.',
        ),
      responder: text
        .transform(parsedBy(parseResponder))
        .meta({ title: 'URL' })
        .optional()
        .describe('`http://…`, asked in place of those that certificates name (authority information access).'),
      timeout: duration.prefault('3s').describe('For one certificate, all its responders together.'),
    })
    .meta({
      id: 'Ocsp',
      description:
        'Asks the responders of the CA (OCSP, RFC 6960) before a client sends its first request, and again whenever an ' +
        'answer runs out. `ocsp: leaf` is this with every default.',
      examples: [{ check: 'leaf', fail: 'hard', timeout: '2s' }],
    }),
]);
