// The certificate that an argument means: a file, or the NAME or SERIAL of one of the CA. Text in; says which of the
// two it is, and reads the file.
import { statSync } from 'node:fs';
import { readBytes } from '../../ca/authority.ts';
import { MutualError } from '../../errors.ts';
import { type Certificate, parseCertificate, parseCertificates } from '../../x509/certificate.ts';

/** Names of files have a dot or a slash; so a file without either cannot hide a name of the CA. */
export function isCertificateFile(target: string): boolean {
  return /[./\\]/.test(target) && (statSync(target, { throwIfNoEntry: false })?.isFile() ?? false);
}

/**
 * The certificates of a file, in PEM or DER: the first, and what follows it.
 *
 * @throws MutualError `file-unreadable`, `pem-invalid`, `certificate-invalid`
 */
export async function readCertificateFile(path: string): Promise<[Certificate, ...Certificate[]]> {
  const content = await readBytes(path);
  const isDer = content[0] === 0x30 && !content.includes('-----BEGIN');
  const [certificate, ...others] = isDer ? [parseCertificate(content)] : parseCertificates(content, path);
  if (certificate === undefined) throw new MutualError('certificate-invalid', `${path} holds no certificate`);
  return [certificate, ...others];
}
