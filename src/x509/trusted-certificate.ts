// OpenSSL's TRUSTED CERTIFICATE blocks: a certificate with that library's own trust settings behind it. The DER
// of the certificate out; settings that would limit its use are an error, because nothing here honours them.

import { MutualError } from '../errors.ts';
import { constructed, DerReader, derTags } from './der.ts';

/** @throws MutualError `certificate-invalid` */
export function certificateOfTrusted(block: Buffer): Buffer {
  const reader = new DerReader(block);
  const certificate = reader.read(derTags.sequence).encoded;
  const settings = reader.readOptional(derTags.sequence)?.children();
  reader.expectEnd();
  const trusted = settings?.readOptional(derTags.sequence);
  const rejected = settings?.readOptional(constructed(0));
  if (trusted !== undefined || rejected !== undefined) {
    throw new MutualError(
      'certificate-invalid',
      'it carries OpenSSL trust settings, which are not honoured; remove them with `openssl x509 -clrtrust -clrreject`',
    );
  }
  return certificate;
}
