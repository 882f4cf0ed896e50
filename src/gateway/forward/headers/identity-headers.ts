// How an upstream is told who the client is: an authentication in, header names and values of the chosen conventions
// out. Only a verified identity is ever told; of anything else at most the verdict.

import type { IdentityConvention, IdentityHeadersConfig } from '../../../config/schema.ts';
import type { Authentication } from '../../authenticate/authentication.ts';
import { awsAlbHeaders } from './conventions/aws-alb.ts';
import type { Convention, GatewayFacts, Header } from './conventions/convention.ts';
import { envoyHeaders } from './conventions/envoy.ts';
import { nginxHeaders } from './conventions/nginx.ts';
import { rfc9440Headers } from './conventions/rfc9440.ts';
import { traefikHeaders } from './conventions/traefik.ts';

/** Bytes. Names of people and machines stay far below; a certificate may hold hundreds of attributes. */
export const maxDnBytes = 4096;
/** Bytes of a header that carries a whole certificate. Many servers take no longer line than this. */
export const maxCertificateBytes = 16_384;

const conventions: Readonly<Record<IdentityConvention, Convention>> = {
  nginx: nginxHeaders,
  envoy: envoyHeaders,
  rfc9440: rfc9440Headers,
  'aws-alb': awsAlbHeaders,
  traefik: traefikHeaders,
};

/**
 * The headers of every convention in `config`, in its order, with exactly the names and values that docs/headers.md
 * lists, as far as they do not depend on what the client sent (forwarded-client-cert.ts). Never an empty one.
 */
export function identityHeaders(
  authentication: Authentication,
  config: IdentityHeadersConfig,
  gateway: GatewayFacts = { uris: [] },
): Header[] {
  return config.conventions
    .flatMap((convention) => conventions[convention](authentication, config, gateway))
    .filter(([, value]) => value !== '');
}

/**
 * Why this identity cannot be told in headers, or undefined. Cutting a name would make another name of it, so a
 * client whose names do not fit is refused.
 *
 * @param headers what would be sent
 */
export function identityTooLarge(
  authentication: Authentication,
  config: IdentityHeadersConfig,
  headers: readonly Header[] = identityHeaders(authentication, config),
): string | undefined {
  if (authentication.kind !== 'verified' || config.conventions.length === 0) return undefined;
  const { certificate } = authentication.identity;
  for (const [what, dn] of [
    ['subject', certificate.subjectDn],
    ['issuer', certificate.issuerDn],
  ] as const) {
    if (dn.length > maxDnBytes) {
      return `the ${what} of the client certificate takes ${dn.length} bytes as text; headers carry at most ${maxDnBytes}`;
    }
  }
  const large = headers.find(([, value]) => value.length > maxCertificateBytes);
  if (large === undefined) return undefined;
  const [name, { length }] = large;
  return `the client certificate takes ${length} bytes as a header (${name}); at most ${maxCertificateBytes} are sent`;
}
