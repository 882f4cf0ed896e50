// Which revocation lists a server block or an upstream counts on: the files that are named, and the copies of those that
// are downloaded, wherever the URL came from. Names only; nothing is read or fetched here.

import type { ClientsConfig, Config, CrlUrlConfig } from '../config/schema.ts';
import type { Certificate } from '../x509/certificate.ts';
import { copyPlaceOf } from './crl-copy.ts';
import { distributionPointsOf } from './distribution-points.ts';

export interface CrlSources {
  readonly files: readonly string[];
  /** Files that are there once they have been downloaded. */
  readonly copies: readonly string[];
  /** Whether anybody without a list is refused; false where no list was asked for at all. */
  readonly isRequired: boolean;
  /** Whether lists are found out from certificates, so that nobody can say which are missing. */
  readonly isOpen: boolean;
}

/** URLs that verified clients have named, for the server block of a name. */
export type LearnedUrls = (server: string) => readonly string[];

/** How long a list is relied on that nobody has said more about. */
const refreshMs = 3_600_000;

type ListsConfig = Pick<ClientsConfig, 'crl' | 'crlUrls' | 'crlDistributionPoints'>;

/**
 * What is downloaded.
 *
 * @param anchors the CAs of the server block; they may name lists themselves
 */
export function crlUrlsOf(
  { crlUrls = [], crlDistributionPoints }: ListsConfig,
  anchors: readonly Pick<Certificate, 'crlUrls'>[],
  learned: readonly string[] = [],
): CrlUrlConfig[] {
  if (crlDistributionPoints !== true) return [...crlUrls];
  const named = [...distributionPointsOf(anchors), ...learned];
  return [...crlUrls, ...named.map((url) => ({ url, refreshMs }))];
}

export function crlSourcesOf(
  config: ListsConfig,
  anchors: readonly Certificate[],
  { crlCache }: Pick<Config, 'crlCache'>,
  learned: readonly string[] = [],
): CrlSources {
  const urls = crlUrlsOf(config, anchors, learned).map(({ url }) => new URL(url));
  const copies = crlCache === undefined ? [] : urls.map((url) => copyPlaceOf(crlCache, url).file);
  const isOpen = config.crlDistributionPoints === true;
  return { files: config.crl, copies, isOpen, isRequired: isOpen || config.crl.length > 0 || urls.length > 0 };
}
