// docs/observability.md: the tables of metrics from their definitions, between words that say how to use them.

import { bucketBounds } from '../../gateway/observe/durations.ts';
import type { MetricDefinition } from './definition.ts';
import { metricDefinitions } from './exposition.ts';

export function renderObservabilityDocs(): string {
  return `${[before, ...metricDefinitions.map(renderMetric), after].join('\n\n')}\n`;
}

function renderMetric({ name, type, help, labels }: MetricDefinition): string {
  const rows = Object.entries(labels).map(([label, meaning]) => `| \`${label}\` | ${meaning.replaceAll('|', '\\|')} |`);
  const table = rows.length === 0 ? [] : ['', '| Label | Value |', '| --- | --- |', ...rows];
  return [`### ${name}`, '', `${type.charAt(0).toUpperCase()}${type.slice(1)}. ${help}.`, ...table].join('\n');
}

const before = `# Observability

<!-- Generated from src/admin/metrics; change it there. -->

What a running gateway tells of itself beside its logs: whether it is ready, how many requests of which kind there were, who
was refused and why, and what is about to run out.

\`\`\`yaml
admin: 127.0.0.1:9901
\`\`\`

That opens the *admin listener*, an address of its own that never serves clients. \`admin: true\` means the address above;
without the key there is none. All its settings are in [configuration.md](configuration.md#admin).

## What it answers

| Path | Answer |
| --- | --- |
| \`GET /\` | The page: live charts, clients, refusals with their reasons, certificates, upstreams, the configuration in force. |
| \`GET /healthz\` | 200 while the process lives. For whoever restarts it. |
| \`GET /readyz\` | 200 when clients may be sent here, else 503 and the reasons, a line each (or JSON, with \`Accept: application/json\`). For load balancers. |
| \`GET /metrics\` | Metrics in the text format of Prometheus. |
| \`GET /api/snapshot\` | Everything the page shows, as JSON: types in \`src/admin/snapshot.ts\`. With \`?since=SECOND\` the history begins behind that second. |
| \`GET /api/events\` | What happens, as it happens: server-sent events, types in \`src/admin/events.ts\`. At most 50 requests and 50 refusals a second; an event \`omitted\` tells how many more there were. A reader that stands still misses events and is ended after half a minute; nothing waits for it. |
| \`POST /api/reload\` | Reads the configuration anew, as the signal HUP does: 200 where it took effect, 422 with the reason where the one before stays. The content type must be \`application/json\`. |

\`\`\`sh
curl -s http://127.0.0.1:9901/readyz
curl -sN http://127.0.0.1:9901/api/events
curl -s -X POST -H 'Content-Type: application/json' http://127.0.0.1:9901/api/reload
\`\`\`

The page needs no other host, and no browser newer than a few years. \`mutual top\` shows the same in a terminal: it finds the
listener by \`-c mutual.yaml\` or \`--url\`, and \`--once\` or \`--json\` print what is now and end.

It is **not ready** while it drains; when the certificate of a server, every client CA of a server, or the certificate shown
to an upstream has run out or is not valid yet; when a revocation list has run out (unless \`onCrlExpired: keep\`); and when no
process serves.

The log warns before: of a certificate in its last 30 days or last third, whichever is shorter, of a revocation list in its last
day or last fifth; when that begins, and then once a day.

## Who may ask

Whoever reaches the admin listener sees who your clients are, and may reload. It listens on loopback, or on a Unix socket
(\`admin: unix:/run/mutual-admin.sock\`), unless you give it another address; do that only with client certificates. A gateway
whose admin listener can be reached from elsewhere without them says so at every start.

\`\`\`yaml
admin:
  listen: 10.0.0.5:9901
  tls:
    certificate: certs/admin.crt
    key: certs/admin.key
    clients: { ca: certs/staff-ca.crt }
  allow:
    - { organizationalUnit: Operations }
    - { commonName: prometheus }
  allowedHosts: [mutual.ops.example]
\`\`\`

Web pages of others cannot use your browser to get in: the host that is asked for must be \`localhost\`, an address of the machine
or a name of \`allowedHosts\` (421), requests of other origins or sites are refused (403), and what changes something takes JSON
only (415). Secrets are never shown: no header values, no values of queries, no keys, and of the configuration no tokens.

## What is remembered

Nothing of it grows with the traffic: the last 600 seconds, 1,000 client certificates (and 200 that were never admitted), 200
refusals. It is lost with the process.

## Metrics

An example for Prometheus, alert rules and a dashboard for Grafana are in [examples/observability](../examples/observability).

Names of servers, routes and upstreams are those of the configuration; nothing that a client sends becomes the value of a label.
Beyond 2,000 routes, and as many servers, the rest are counted as \`(other)\`. With several worker processes every number is the
sum over all of them, unless there is a label \`worker\`. Buckets of all histograms, in seconds: ${bucketBounds.join(', ')}.`;

const after = `## Questions

**How many requests a second, and how many of them failed?**

\`\`\`promql
sum(rate(mutual_requests_total[5m]))
sum(rate(mutual_requests_total{code=~"5.."}[5m])) / sum(rate(mutual_requests_total[5m]))
\`\`\`

**How long do they take?**

\`\`\`promql
histogram_quantile(0.99, sum by (le, server) (rate(mutual_request_duration_seconds_bucket[5m])))
\`\`\`

**Who is refused, and why?** The number is here, the name of the client is on the page, in \`/api/snapshot\` and in the log.

\`\`\`promql
sum by (server, reason) (rate(mutual_tls_refusals_total[5m]))
sum by (server, route) (rate(mutual_denials_total[5m]))
\`\`\`

**What runs out next?** In days:

\`\`\`promql
sort((mutual_certificate_expiry_timestamp_seconds - time()) / 86400)
sort((mutual_crl_next_update_timestamp_seconds - time()) / 86400)
\`\`\``;
