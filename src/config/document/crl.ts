// `crl`: revocation lists, from files and from URLs.

import { z } from 'zod';
import { isCrlUrl, parseCrlUrl } from '../crl-url.ts';
import type { CrlUrlConfig } from '../schema.ts';
import { duration, oneOrMore, parsedBy, text } from './scalars.ts';

const url = text.transform(parsedBy(parseCrlUrl)).meta({ title: 'URL' });
const hourMs = 3_600_000;

const crlUrl = z
  .strictObject({
    url: url.describe(
      '`http://…` or `https://…`. http is as good: a list proves itself by the signature of its CA, and an older one than ' +
        'the one at hand is not taken.',
    ),
    refresh: duration
      .prefault('1h')
      .describe('How long a list is relied on before it is asked for again; sooner where it runs out.'),
  })
  .meta({
    id: 'CrlUrl',
    description:
      'A revocation list that is fetched in the background; the last good copy counts until there is a better.',
    examples: [{ url: 'http://ca.example/root.crl', refresh: '1h' }],
  });

const fileOrUrl = text
  .transform(parsedBy((value: string) => (isCrlUrl(value) ? { url: parseCrlUrl(value), refresh: hourMs } : value)))
  .meta({ title: 'file' });

export const crl = oneOrMore(z.union([fileOrUrl, crlUrl]));

type CrlDocument = z.output<typeof crl>;

/** The files, and those that have to be fetched. */
export function splitCrlSources(
  sources: CrlDocument | undefined,
  toPath: (path: string) => string,
): { readonly crl: string[]; readonly crlUrls: CrlUrlConfig[] | undefined } {
  const files = (sources ?? []).flatMap((source) => (typeof source === 'string' ? [toPath(source)] : []));
  const urls = (sources ?? []).flatMap((source) =>
    typeof source === 'string' ? [] : [{ url: source.url, refreshMs: source.refresh }],
  );
  return { crl: files, crlUrls: urls.length === 0 ? undefined : urls };
}
