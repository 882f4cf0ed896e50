// Everything one upstream with TLS needs from disk: what is shown to it (a certificate and key, or a PKCS#12 file), and
// the anchors it is verified against. Read whole and checked, or not at all.

import { createSecureContext } from 'node:tls';
import type { Config, UpstreamTlsConfig } from '../config/schema.ts';
import { MutualError, messageOf } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import type { Crl } from '../x509/crl.ts';
import { loadAnchors } from './anchors.ts';
import type { CredentialOrigins } from './credential-origins.ts';
import { expiryWarning } from './credential-warning.ts';
import { crlSourcesOf } from './crl-sources.ts';
import { loadKeyPair } from './key-pair.ts';
import { readCredentialFile, readPasswordFile } from './read-file.ts';
import { loadRevocationLists } from './revocation-lists.ts';

export interface UpstreamCredentials {
  /** What is shown when the upstream asks for a certificate. Undefined: nothing. */
  readonly client: ClientCredentials | undefined;
  /** `system`: the anchors that come with Node. Empty only where the upstream is not verified. */
  readonly anchors: readonly Certificate[] | 'system';
  readonly revocationLists: readonly Crl[];
  /** Which file holds what. Absent: not known. */
  readonly origins?: CredentialOrigins;
  /** Lists were asked for, and there is none: then nobody can say who is revoked. */
  readonly lacksLists?: boolean;
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

export type ClientCredentials = { readonly leaf: Certificate | undefined } & (
  | { readonly kind: 'pem' /** Certificate and chain. */; readonly certificate: string; readonly key: string }
  | { readonly kind: 'pkcs12'; readonly pfx: Buffer; readonly passphrase: string }
);

/** @throws MutualError with a code that names the kind of file which is wrong */
export function loadUpstreamCredentials(
  config: UpstreamTlsConfig,
  nowMs: number,
  cache: Pick<Config, 'crlCache'> = {},
): UpstreamCredentials {
  const warnings: string[] = [];
  const client = loadClient(config, nowMs, warnings);
  const anchors =
    config.ca === 'system' || config.ca.length === 0
      ? {
          certificates: config.ca === 'system' ? ('system' as const) : [],
          files: new Map<string, string>(),
          warnings: [],
        }
      : loadAnchors(config.ca, 'the upstream CA', nowMs);
  warnings.push(...anchors.warnings);
  const known = anchors.certificates === 'system' ? [] : anchors.certificates;
  const sources = crlSourcesOf(config, known, cache);
  const revocation = loadRevocationLists(sources, known, nowMs);
  warnings.push(...revocation.warnings);
  return {
    client,
    anchors: anchors.certificates,
    revocationLists: revocation.lists,
    origins: { anchors: anchors.files, lists: revocation.files },
    lacksLists: sources.isRequired && revocation.lists.length === 0,
    warnings,
  };
}

const role = 'the client certificate';

function loadClient(config: UpstreamTlsConfig, nowMs: number, warnings: string[]): ClientCredentials | undefined {
  if (config.pkcs12 !== undefined) {
    const pfx = readCredentialFile(config.pkcs12, 'the PKCS#12 file');
    const passphrase = config.pkcs12PasswordFile === undefined ? '' : readPasswordFile(config.pkcs12PasswordFile);
    const leaf = leafOfPkcs12(pfx, passphrase, config.pkcs12);
    const warning = leaf && expiryWarning(role, config.pkcs12, leaf, nowMs);
    if (warning !== undefined) warnings.push(warning);
    return { kind: 'pkcs12', pfx, passphrase, leaf };
  }
  if (config.certificate === undefined || config.key === undefined) return undefined;
  const { keyPasswordFile } = config;
  const pair = loadKeyPair({ certificate: config.certificate, key: config.key, keyPasswordFile }, role, nowMs);
  warnings.push(...pair.warnings);
  return { kind: 'pem', certificate: pair.certificate, key: pair.key, leaf: pair.leaf };
}

/** OpenSSL reads the file, and so says whether the password is right; the certificate it found is asked back. */
function leafOfPkcs12(pfx: Buffer, passphrase: string, file: string): Certificate | undefined {
  try {
    const { context } = createSecureContext({ pfx, passphrase });
    const holder = context as { getCertificate?: () => Buffer | null };
    const der = holder.getCertificate?.();
    return der ? parseCertificate(der) : undefined;
  } catch (error) {
    throw new MutualError('key-invalid', `the PKCS#12 file ${file} cannot be opened: ${whyClosed(error)}`, {
      cause: error,
    });
  }
}

function whyClosed(error: unknown): string {
  const text = messageOf(error);
  if (/mac verify failure/i.test(text)) return 'the password is wrong (pkcs12PasswordFile)';
  if (/unsupported/i.test(text)) {
    return 'it is encrypted with an algorithm of old (RC2 or 3DES): write it again with "openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW"';
  }
  return text;
}
