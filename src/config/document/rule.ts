// What the file says of client identity: the rules of `allow` and `deny`.

import { z } from 'zod';
import { MutualError } from '../../errors.ts';
import { oneOrMore, parsedBy, text } from './scalars.ts';

const patterns = oneOrMore(text);

const serial = text.transform(parsedBy(parseSerial)).meta({ title: 'hexadecimal' });
const sha256 = text.transform(parsedBy(parseSha256)).meta({ title: 'SHA-256' });

export const rule = z
  .strictObject({
    organization: patterns.optional().describe('Organization (O) of the subject.'),
    organizationalUnit: patterns.optional().describe('Organizational unit (OU) of the subject.'),
    commonName: patterns.optional().describe('Common name (CN) of the subject.'),
    dn: patterns
      .optional()
      .describe('The whole subject as `$ssl_client_s_dn` prints it: `CN=client-a,O=Company A,C=DE`.'),
    issuerDn: patterns.optional().describe('The whole issuer as `$ssl_client_i_dn` prints it.'),
    dns: patterns.optional().describe('A DNS name of the certificate.'),
    email: patterns.optional().describe('An e-mail address of the certificate.'),
    uri: patterns.optional().describe('A URI of the certificate, a SPIFFE ID for example.'),
    serial: oneOrMore(serial).optional().describe('Serial number, hexadecimal, with or without colons. No wildcards.'),
    sha256: oneOrMore(sha256).optional().describe('SHA-256 of the certificate, hexadecimal, with or without colons.'),
    spki: oneOrMore(sha256)
      .optional()
      .describe('SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal or base64: it outlives a renewal.'),
  })
  .meta({
    id: 'Rule',
    description:
      'A rule of `allow` or `deny`. All keys of one rule must hold; where a key has a list, any value of it may. In names, `*` ' +
      'stands for anything within one segment and `**` for everything that follows; there are no regular expressions.',
    examples: [
      { organization: 'Company A', commonName: 'client-*' },
      { uri: ['spiffe://a.example/**', 'spiffe://b.example/**'] },
    ],
  });

/** Upper-case hexadecimal with an even number of digits and no leading 00, as nginx and Node print it. */
function parseSerial(value: string): string {
  const digits = hexDigits(value).replace(/^0+/, '').toUpperCase();
  if (!/^[0-9A-F]+$/.test(digits)) {
    throw new MutualError('config-invalid', `"${value}" is not a serial number: write hexadecimal digits`);
  }
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

/** Lower-case hexadecimal of a SHA-256, from hexadecimal or base64. */
function parseSha256(value: string): string {
  if (/^[A-Za-z0-9+/]{43}=$/.test(value)) {
    return Buffer.from(value, 'base64').toString('hex');
  }
  const digits = hexDigits(value).toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) {
    throw new MutualError('config-invalid', `"${value}" is not a SHA-256: write 64 hexadecimal digits`);
  }
  return digits;
}

function hexDigits(value: string): string {
  return value.replace(/^0x/i, '').replaceAll(/[:\s]/g, '');
}
