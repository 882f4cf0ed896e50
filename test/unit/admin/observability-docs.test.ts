import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { renderObservabilityDocs } from '../../../src/admin/metrics/documentation.ts';
import { metricDefinitions } from '../../../src/admin/metrics/exposition.ts';
import { assertGolden } from '../../support/golden.ts';

const page = renderObservabilityDocs();

test('docs/observability.md is what the definitions say', () => {
  assertGolden(fileURLToPath(new URL('../../../docs/observability.md', import.meta.url)), page);
});

test('every metric and label is described, by the conventions of Prometheus', () => {
  const names = metricDefinitions.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, type, help, labels } of metricDefinitions) {
    assert.match(name, /^mutual_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') assert.match(name, /_seconds$/);
    assert.match(help, /[^.]$/);
    assert.ok(page.includes(`### ${name}\n`));
    for (const [label, meaning] of Object.entries(labels)) {
      assert.match(label, /^[a-z]+$/);
      assert.ok(page.includes(`| \`${label}\` | ${meaning} |`), `${name} ${label}`);
    }
  }
});

test('the metrics that others rely on keep their names and labels', () => {
  const labelsOf = new Map(metricDefinitions.map(({ name, labels }) => [name, Object.keys(labels).join()]));
  for (const [name, labels] of [
    ['mutual_requests_total', 'server,route,lane,code'],
    ['mutual_request_duration_seconds', 'server,route'],
    ['mutual_upstream_duration_seconds', 'upstream,address'],
    ['mutual_tls_handshakes_total', 'result,version,resumed'],
    ['mutual_tls_refusals_total', 'server,reason'],
    ['mutual_denials_total', 'server,route'],
    ['mutual_connections', 'server'],
    ['mutual_certificate_expiry_timestamp_seconds', 'kind,name'],
    ['mutual_crl_next_update_timestamp_seconds', 'name'],
    ['mutual_reloads_total', 'result'],
    ['mutual_upstream_up', 'upstream,address'],
  ]) {
    assert.equal(labelsOf.get(name ?? ''), labels, name);
  }
});
