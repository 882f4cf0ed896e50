// Certificates and keys, read as a start would read them; what is wrong is said as nginx says it, with the words of
// OpenSSL 3 behind it.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { NginxFault, printSystemError } from '../nginx-fault.ts';

const noStartLine = 'error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE';

/** @throws NginxFault */
export function checkPair(certificateFile: string, keyFile: string, passwordFile?: string): void {
  const certificate = readCertificate(certificateFile);
  const key = readKey(keyFile, passwordFile);
  if (certificate === undefined || key === undefined) return;
  if (isTooSmall(certificate)) {
    throw new NginxFault(
      `SSL_CTX_use_certificate("${certificateFile}") failed (SSL: error:0A00018F:SSL routines::ee key too small)`,
    );
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new NginxFault(
      `SSL_CTX_use_PrivateKey("${keyFile}") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)`,
    );
  }
}

function isTooSmall({ publicKey }: X509Certificate): boolean {
  return publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048;
}

/** Undefined for `data:` and engines, which are no files. */
function readCertificate(file: string): X509Certificate | undefined {
  if (/^(data|engine):/.test(file)) return undefined;
  const text = readPem(file, `cannot load certificate "${file}": BIO_new_file()`);
  const pem = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END \1?CERTIFICATE-----/.exec(text)?.[0];
  const fail = (why: string): never => {
    throw new NginxFault(`cannot load certificate "${file}": PEM_read_bio_X509_AUX() failed (SSL: ${why})`);
  };
  try {
    return new X509Certificate(pem ?? fail(noStartLine));
  } catch (error) {
    if (error instanceof NginxFault) throw error;
    return fail(opensslText(error));
  }
}

function readKey(file: string, passwordFile: string | undefined): KeyObject | undefined {
  if (/^(data|engine|store):/.test(file)) return undefined;
  const text = readPem(file, `cannot load certificate key "${file}": BIO_new_file()`);
  const passwords = passwordFile === undefined ? [undefined] : readFileSync(passwordFile, 'utf8').split('\n');
  let last: unknown;
  for (const passphrase of passwords) {
    try {
      return createPrivateKey(passphrase === undefined ? text : { key: text, passphrase });
    } catch (error) {
      last = error;
    }
  }
  throw new NginxFault(
    `cannot load certificate key "${file}": PEM_read_bio_PrivateKey() failed (SSL: ${keyFaultText(text, last)})`,
  );
}

function keyFaultText(text: string, error: unknown): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return 'error:1E08010C:DECODER routines::unsupported:No supported data to decode. Input type: PEM';
  }
  if (/ENCRYPTED/.test(text)) {
    return 'error:1C800064:Provider routines::bad decrypt error:04800065:PEM routines::bad decrypt';
  }
  return opensslText(error);
}

/** A file of CAs or revocation lists. @throws NginxFault */
export function checkVerifyFile(file: string, caller: 'SSL_CTX_load_verify_locations' | 'X509_LOOKUP_load_file'): void {
  const text = readPem(file, `${caller}("${file}")`, ' error:05880002:x509 certificate routines::system lib');
  if (!/-----BEGIN (TRUSTED |X509 )?(CERTIFICATE|CRL)-----/.test(text)) {
    throw new NginxFault(
      `${caller}("${file}") failed (SSL: error:05800088:x509 certificate routines::no certificate or crl found)`,
    );
  }
}

export function readPem(file: string, doing: string, more = ''): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return '';
    const [, number, reason = ''] = /^\((\d+): (.*)\)$/.exec(printSystemError(error)) ?? [];
    const code = (0x80000000 + Number(number)).toString(16).toUpperCase().padStart(8, '0');
    const what = reason === 'No such file or directory' ? 'no such file' : 'system lib';
    throw new NginxFault(
      `${doing} failed (SSL: error:${code}:system library::${reason}:calling fopen(${file}, r) ` +
        `error:${what === 'no such file' ? '10000080' : '10080002'}:BIO routines::${what}${more})`,
    );
  }
}

/** @throws NginxFault where the TLS library knows none of these */
export function checkCiphers(ciphers: string): void {
  try {
    createSecureContext({ ciphers });
  } catch {
    throw new NginxFault(
      `SSL_CTX_set_cipher_list("${ciphers}") failed (SSL: error:0A0000B9:SSL routines::no cipher match)`,
    );
  }
}

/** @throws NginxFault where the TLS library does not know one of these */
export function checkCurves(curves: string): void {
  try {
    createSecureContext({ ecdhCurve: curves });
  } catch {
    throw new NginxFault(
      `SSL_CTX_set1_curves_list("${curves}") failed (SSL: error:0A080106:SSL routines::passed invalid argument:group '${curves}' cannot be set)`,
    );
  }
}

function opensslText(error: unknown): string {
  return String((error as Error).message).replace(/^.*?(error:)/, '$1');
}
