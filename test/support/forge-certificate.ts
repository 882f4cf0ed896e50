// Certificates that no sound CA would issue, with a signature that is good all the same: what a careless or broken CA,
// or a client that signs for itself, may put before the gateway.

import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derTags, parseDer } from '../../src/x509/der.ts';
import { printPem } from '../../src/x509/pem.ts';
import { type Changes, changeCertificate, der, sequence } from './der-writer.ts';
import type { CertificateFiles } from './openssl.ts';

/**
 * A copy of a certificate with some fields replaced, signed anew.
 *
 * @param name file name without suffix, beside the template
 * @param signer key file of who signed the template; a P-256 key
 */
export function forgeCertificate(
  directory: string,
  name: string,
  template: CertificateFiles,
  signer: string,
  changes: Changes,
): CertificateFiles {
  const { raw } = new X509Certificate(readFileSync(template.certificate));
  const outer = parseDer(changeCertificate(raw, changes), derTags.sequence).children();
  const tbs = outer.read().encoded;
  const algorithm = outer.read().encoded;
  const signature = sign('sha256', tbs, createPrivateKey(readFileSync(signer)));
  const certificate = join(directory, `${name}.crt`);
  const forged = sequence(tbs, algorithm, der(derTags.bitString, Buffer.from([0]), signature));
  writeFileSync(certificate, printPem('CERTIFICATE', forged));
  return { certificate, key: template.key };
}
