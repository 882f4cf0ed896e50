// Everything one server block with TLS needs from disk: its certificate and key, the anchors that admit clients,
// the revocation lists. Read whole and checked, or not at all.

import type { Config, TlsConfig } from '../config/schema.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Crl } from '../x509/crl.ts';
import { loadAnchors } from './anchors.ts';
import type { CredentialOrigins } from './credential-origins.ts';
import { crlSourcesOf } from './crl-sources.ts';
import { loadKeyPair } from './key-pair.ts';
import { loadRevocationLists } from './revocation-lists.ts';
import { loadTicketSecret } from './ticket-secret.ts';

export interface ServerCredentials {
  /** PEM: the certificate and its chain. */
  readonly certificate: string;
  /** PEM, in the clear: passwords have been applied. */
  readonly key: string;
  readonly leaf: Certificate;
  /** What keys of session tickets are made of, where that is read from a file. */
  readonly ticketSecret?: Buffer;
  /** Empty only where clients are not asked for certificates. */
  readonly anchors: readonly Certificate[];
  /** One each: Node reads only the first list of a file that holds several. */
  readonly revocationLists: readonly Crl[];
  /** Whether a client without a list of its CA is refused, though there be no list at all: one was asked for. */
  readonly requiresLists: boolean;
  /** Which file holds what. Absent: not known. */
  readonly origins?: CredentialOrigins;
  /** What was read, in sentences for the log. */
  readonly summary: readonly string[];
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

/**
 * @param learned URLs of revocation lists that verified clients have named
 * @throws MutualError with a code that names the kind of file which is wrong
 */
export function loadServerCredentials(
  config: TlsConfig,
  nowMs: number,
  cache: Pick<Config, 'crlCache'> = {},
  learned: readonly string[] = [],
): ServerCredentials {
  const pair = loadKeyPair(config, 'the certificate', nowMs);
  const anchors =
    config.clients.verify === 'none'
      ? { certificates: [], files: new Map<string, string>(), warnings: [] }
      : loadAnchors(config.clients.ca, 'the client CA', nowMs);
  const sources = crlSourcesOf(config.clients, anchors.certificates, cache, learned);
  const ticket = config.ticketKeys === undefined ? undefined : loadTicketSecret(config.ticketKeys);
  const revocation = loadRevocationLists(sources, anchors.certificates, nowMs);
  return {
    certificate: pair.certificate,
    key: pair.key,
    leaf: pair.leaf,
    ...(ticket === undefined ? {} : { ticketSecret: ticket.bytes }),
    anchors: anchors.certificates,
    revocationLists: revocation.lists,
    requiresLists: sources.isRequired,
    origins: { anchors: anchors.files, lists: revocation.files },
    summary: revocation.summary,
    warnings: [...pair.warnings, ...(ticket?.warnings ?? []), ...anchors.warnings, ...revocation.warnings],
  };
}
