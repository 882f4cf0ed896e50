// What every convention of identity headers is asked, and what it answers.

import type { IdentityHeadersConfig } from '../../../../config/schema.ts';
import type { Authentication } from '../../../authenticate/authentication.ts';

export type Header = readonly [name: string, value: string];

/** What is told beside the client's own certificate. */
export interface GatewayFacts {
  /** URIs among the alternative names of the certificate that the gateway itself shows to clients. */
  readonly uris: readonly string[];
}

/**
 * Headers with exactly the names and values of the convention; one with an empty value is left out later. Only a
 * verified identity is ever told, of anything else at most the verdict.
 */
export type Convention = (
  authentication: Authentication,
  config: IdentityHeadersConfig,
  gateway: GatewayFacts,
) => Header[];
