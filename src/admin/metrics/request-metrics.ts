// Metrics of requests and connections.

import { type MetricDefinition, routeLabelText as route, serverLabelText as server } from './definition.ts';

export const requestMetrics: readonly MetricDefinition[] = [
  {
    name: 'mutual_requests_total',
    type: 'counter',
    help: 'Finished requests, whatever became of them',
    labels: {
      server,
      route,
      lane: '`express` or `standard`: what forwarded it; `none`: the gateway answered by itself',
      code: 'Status sent to the client; `499`: it went away before; `2xx` and the like for a status nobody has defined',
    },
    read: ({ report }) =>
      report.observation.counters.routes.flatMap(({ server, route, requests }) =>
        requests.map(({ lane, code, count }) => ({ labels: { server, route, lane, code }, value: count })),
      ),
  },
  {
    name: 'mutual_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the head of a request to the last byte of its response',
    labels: { server, route },
    read: ({ report }) =>
      report.observation.counters.routes.map(({ server, route, duration }) => ({
        labels: { server, route },
        histogram: duration,
      })),
  },
  {
    name: 'mutual_requests_in_flight',
    type: 'gauge',
    help: 'Requests that have begun and are not finished',
    labels: {},
    read: ({ report }) => [{ labels: {}, value: report.observation.counters.requestsInFlight }],
  },
  {
    name: 'mutual_request_body_bytes_total',
    type: 'counter',
    help: 'Bytes of request bodies, from clients',
    labels: { server, route },
    read: ({ report }) =>
      report.observation.counters.routes.map(({ server, route, requestBodyBytes }) => ({
        labels: { server, route },
        value: requestBodyBytes,
      })),
  },
  {
    name: 'mutual_response_body_bytes_total',
    type: 'counter',
    help: 'Bytes of response bodies, to clients',
    labels: { server, route },
    read: ({ report }) =>
      report.observation.counters.routes.map(({ server, route, responseBodyBytes }) => ({
        labels: { server, route },
        value: responseBodyBytes,
      })),
  },
  {
    name: 'mutual_denials_total',
    type: 'counter',
    help: 'Requests refused for who the client is, or is not: no rule admits it, no certificate, a bad one, a wrong host',
    labels: { server, route },
    read: ({ report }) =>
      report.observation.counters.routes.map(({ server, route, denials }) => ({
        labels: { server, route },
        value: denials,
      })),
  },
  {
    name: 'mutual_refusals_total',
    type: 'counter',
    help: 'Refused connections, and requests that were refused or failed, by the code of the error',
    labels: { server, reason: 'Code, as in [errors.md](errors.md)' },
    read: ({ report }) =>
      report.observation.counters.servers.flatMap(({ server, refusals }) =>
        refusals.map(({ code, count }) => ({ labels: { server, reason: code }, value: count })),
      ),
  },
  {
    name: 'mutual_connections',
    type: 'gauge',
    help: 'Open connections of clients',
    labels: { server },
    read: ({ report }) =>
      report.observation.counters.servers.map(({ server, opened, closed }) => ({
        labels: { server },
        value: opened - closed,
      })),
  },
  {
    name: 'mutual_connections_total',
    type: 'counter',
    help: 'Connections of clients that were admitted',
    labels: { server },
    read: ({ report }) =>
      report.observation.counters.servers.map(({ server, opened }) => ({ labels: { server }, value: opened })),
  },
  {
    name: 'mutual_tls_handshakes_total',
    type: 'counter',
    help: 'TLS handshakes with clients',
    labels: {
      result: '`accepted`; `refused`: for the certificate, or for want of one; `failed`: for any other reason',
      version: '`TLSv1.2`, `TLSv1.3`; `unknown` where it did not come so far',
      resumed: '`true`: a session was resumed',
    },
    read: ({ report }) =>
      report.observation.counters.handshakes.map(({ result, version, resumed, count }) => ({
        labels: { result, version, resumed: String(resumed) },
        value: count,
      })),
  },
  {
    name: 'mutual_tls_refusals_total',
    type: 'counter',
    help: 'Connections refused, or ended, for TLS or for the certificate of the client',
    labels: {
      server,
      reason:
        'What the verification said (`certificate-has-expired`, `certificate-revoked`), else the code of the error',
    },
    read: ({ report }) =>
      report.observation.counters.servers.flatMap(({ server, tlsRefusals }) =>
        tlsRefusals.map(({ reason, count }) => ({ labels: { server, reason }, value: count })),
      ),
  },
];
