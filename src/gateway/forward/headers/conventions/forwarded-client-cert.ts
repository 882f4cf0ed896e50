// The modes of X-Forwarded-Client-Cert in which a client's own header counts (Envoy's forward_client_cert_details). It
// is believed of nobody but those whom the operator has named by choosing the mode: clients with a verified
// certificate, which are proxies then, and in the widest mode trusted proxies too. Never of anybody else.

import type { IdentityHeadersConfig } from '../../../../config/schema.ts';
import type { Authentication } from '../../../authenticate/authentication.ts';
import type { GatewayFacts } from './convention.ts';
import { xfccElement } from './envoy.ts';

/** What to do with the client's header, the same for every request of a connection. */
export type ForwardedClientCert =
  | { readonly kind: 'forward' }
  /** Ours is added as the last element. */
  | { readonly kind: 'append'; readonly element: string };

/** @param trusted whether the client is one of the proxies whose X-Forwarded-* are believed */
export function forwardedClientCert(
  authentication: Authentication,
  { envoy }: IdentityHeadersConfig,
  gateway: GatewayFacts,
  trusted: boolean,
): ForwardedClientCert | undefined {
  if (envoy === undefined) return undefined;
  const verified = authentication.kind === 'verified';
  switch (envoy.mode) {
    case 'SANITIZE':
    case 'SANITIZE_SET':
      return undefined;
    case 'FORWARD_ONLY':
      return verified ? { kind: 'forward' } : undefined;
    case 'ALWAYS_FORWARD_ONLY':
      return verified || trusted ? { kind: 'forward' } : undefined;
    case 'APPEND_FORWARD':
      return verified ? { kind: 'append', element: xfccElement(authentication.identity, envoy, gateway) } : undefined;
  }
}

/**
 * Whether an element can be appended to this header and still be an element: every quote that opens a value closes
 * it, in the eyes of all readers. `By="` would swallow whatever follows; `\\"` ends a value for some readers only.
 */
export function canBeAppendedTo(header: string): boolean {
  return balanced.test(header) && !header.includes('\\\\"');
}

const balanced = /^(?:[^"]|(?<==)"(?:[^"\\]|\\.)*"(?=[;,]|$))*$/s;
