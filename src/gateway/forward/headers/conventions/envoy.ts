// Envoy's X-Forwarded-Client-Cert (XFCC): one element for each proxy, pairs of key and value in it (Envoy,
// docs/root/configuration/http/http_conn_man/headers.rst and source/common/http/conn_manager_utility.cc). No name in a
// certificate, whatever stands in it, may end a value, a pair or an element for any of the readers there are.

import type { EnvoyDetail, EnvoyHeadersConfig } from '../../../../config/schema.ts';
import type { Identity } from '../../../authenticate/identity.ts';
import type { Convention, GatewayFacts } from './convention.ts';
import { escapedCertificate } from './escaped-certificate.ts';

export const xfccName = 'X-Forwarded-Client-Cert';

/** The modes that depend on what the client sent are not here: see forwarded-client-cert.ts. */
export const envoyHeaders: Convention = (authentication, { envoy }, gateway) => {
  if (envoy?.mode !== 'SANITIZE_SET' || authentication.kind !== 'verified') return [];
  return [[xfccName, xfccElement(authentication.identity, envoy, gateway)]];
};

/** The element that this gateway adds: By, Hash, then the details in Envoy's order, whatever the order of the file. */
export function xfccElement(
  identity: Identity,
  { details }: Pick<EnvoyHeadersConfig, 'details'>,
  { uris }: GatewayFacts,
): string {
  const pairs = [...uris.map((uri) => `By=${quotedIfNeeded(uri)}`), `Hash=${identity.certificate.sha256}`];
  for (const detail of envoyOrder) {
    if (details.includes(detail)) pairs.push(...detailPairs[detail](identity));
  }
  return pairs.join(';');
}

const envoyOrder: readonly EnvoyDetail[] = ['cert', 'chain', 'subject', 'uri', 'dns', 'issuer'];

/** Subject and URI are there even when they are empty, as Envoy has it. */
const detailPairs: Readonly<Record<EnvoyDetail, (identity: Identity) => readonly string[]>> = {
  cert: ({ certificate }) => [`Cert="${escapedCertificate(certificate.pem())}"`],
  chain: ({ certificate, chain }) =>
    chain === undefined
      ? []
      : [`Chain="${escapedCertificate([certificate, ...chain].map((one) => one.pem()).join(''))}"`],
  subject: ({ certificate }) => [`Subject="${withoutQuotes(certificate.subjectDn)}"`],
  uri: ({ certificate: { altNames } }) =>
    (altNames.uri.length === 0 ? [''] : altNames.uri).map((uri) => `URI=${quotedIfNeeded(uri)}`),
  dns: ({ certificate: { altNames } }) => altNames.dns.map((name) => `DNS=${quotedIfNeeded(name)}`),
  issuer: ({ certificate }) => [`Issuer="${withoutQuotes(certificate.issuerDn)}"`],
};

/**
 * A name in RFC 2253's form, with the escapes `\"` and `\\` written as `\22` and `\5C`, which mean the same (RFC 4514
 * section 2.4). Readers do not agree whether `\\"` ends a value; here is none for them to disagree about.
 */
function withoutQuotes(dn: string): string {
  return dn.replaceAll(/\\(.)/gs, (pair, escaped) => (escaped === '"' ? '\\22' : escaped === '\\' ? '\\5C' : pair));
}

/**
 * `"` and `\` belong in no URI and no DNS name (RFC 3986, RFC 1034); percent-encoded they end no value. Beyond that
 * the rule of Envoy's manual: quoted where there is a comma, semicolon or equals sign.
 */
function quotedIfNeeded(value: string): string {
  const plain = value.replaceAll('"', '%22').replaceAll('\\', '%5C');
  return /[,;=]/.test(plain) ? `"${plain}"` : plain;
}
