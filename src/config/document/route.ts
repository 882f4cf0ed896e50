// `routes`: what is matched, who may pass, and what happens then.

import { z } from 'zod';
import { parseRoutePath, parseRouteRegex } from '../route-pattern.ts';
import { isUpstreamUrl, parseUpstreamUrl } from '../upstream-url.ts';
import { identityHeaders } from './identity-headers.ts';
import { rule } from './rule.ts';
import { duration, headers, headerTemplate, lane, parsedBy, size, template, text } from './scalars.ts';
import { verifyMode } from './tls.ts';

const path = text.transform(parsedBy(parseRoutePath));

function checkRegex(source: string): string {
  parseRouteRegex(source);
  return source;
}

export const respond = z
  .strictObject({
    status: z.int().min(200).max(599).optional().describe('Status of the response. Default: 200; for a redirect 308.'),
    body: template.prefault('').describe('Body of the response. Variables may stand in it; `$$` is a dollar sign.'),
    headers: headers.prefault({}).describe('Headers of the response.'),
    redirect: headerTemplate.optional().describe('Where to send the client: the Location header.'),
  })
  .meta({
    id: 'Respond',
    description: 'A response of the gateway itself.',
    examples: [{ status: 200, body: 'ok' }, { redirect: 'https://$host$request_uri' }],
  });

export const route = z
  .strictObject({
    name: text.optional().describe('Name for logs. Default: the path, `= /path` when exact, `~ regex` for a regex.'),
    path: path
      .optional()
      .describe(
        'Matches every path that begins with this text; the longest such route wins. `/` matches all, `/admin` matches ' +
          '`/adminx` too, and `/admin/` does not match `/admin`.',
      ),
    exact: path.optional().describe('Matches this path alone, before all others.'),
    regex: text
      .transform(parsedBy(checkRegex))
      .optional()
      .describe(
        'Matches a JavaScript regular expression anywhere in the path, unless anchored by `^` and `$`. Regexes are ' +
          'asked in the order of the file, before prefixes.',
      ),
    allow: z
      .array(rule)
      .optional()
      .describe(
        'Who may pass: a client for whom any of these rules holds. Absent: every client that the server admits. ' +
          'An empty list admits nobody.',
      ),
    deny: z
      .array(rule)
      .optional()
      .describe(
        'Who may not pass: a client for whom any of these rules holds is refused, whatever `allow` says. Clients ' +
          'without a certificate, where there may be such, are held by no rule.',
      ),
    clients: verifyMode
      .optional()
      .describe(
        'Whether this route needs a client certificate, where `tls.clients.verify` is `optional`. Absent: as it says.',
      ),
    upstream: text
      .transform(parsedBy((value: string) => (isUpstreamUrl(value) ? parseUpstreamUrl(value) : value)))
      .meta({ title: 'name or URL' })
      .optional()
      .describe('Where requests go: a name under `upstreams`, or `http://host:port` or `unix:/path` right here.'),
    respond: respond.optional().describe('The answer itself, in place of an upstream.'),
    headers: headers
      .prefault({})
      .describe("Headers set toward the upstream, in place of the client's. An empty text removes the header."),
    identityHeaders: identityHeaders.optional().describe("In place of the server's."),
    maxBodyBytes: size.optional().describe("The largest request body; 0 for no limit. In place of the server's."),
    lane: lane.optional().describe("In place of the server's."),
    connectTimeout: duration.optional().describe("In place of the upstream's."),
    responseTimeout: duration.optional().describe("In place of the upstream's."),
  })
  .meta({
    id: 'Route',
    description:
      'A route: exactly one of `path`, `exact` and `regex`, and exactly one of `upstream` and `respond`. Paths are ' +
      'compared decoded.',
    examples: [
      {
        path: '/',
        allow: [{ organization: 'Company A', commonName: 'client-*' }],
        deny: [{ commonName: 'client-7' }],
        upstream: 'http://127.0.0.1:3000',
        headers: { 'X-Client': '$ssl_client_s_dn' },
      },
      { exact: '/health', clients: 'optional', respond: { status: 200, body: 'ok' } },
    ],
  });
