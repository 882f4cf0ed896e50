// The alert rules and the dashboard in examples/observability: they ask only for what there is, and the rules fire when they
// should. What promtool knows it is asked.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { metricDefinitions } from '../../../src/admin/metrics/exposition.ts';
import { temporaryDirectory } from '../../support/openssl.ts';

const folder = fileURLToPath(new URL('../../../examples/observability/', import.meta.url));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const directory = temporaryDirectory({ after });
const withoutPromtool =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed (apt: prometheus)';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const rules: readonly Rule[] = parse(read('alerts.yml')).groups.flatMap((group: { rules: Rule[] }) => group.rules);
const dashboard = JSON.parse(read('grafana-dashboard.json'));

/** The queries of the dashboard, by panel. */
const queries: readonly (readonly [title: string, query: string, legend: string])[] = [
  ...dashboard.panels.flatMap((panel: { title: string; targets: { expr: string; legendFormat: string }[] }) =>
    panel.targets.map(({ expr, legendFormat }) => [panel.title, expr, legendFormat] as const),
  ),
  ...dashboard.annotations.list.map(({ name, expr }: { name: string; expr: string }) => [name, expr, '']),
];

/** What Prometheus adds by itself. */
const foreignLabels = ['instance', 'job', 'le'];

function checkQuery(where: string, query: string): void {
  for (const [, name = '', selector = ''] of query.matchAll(/\b(mutual_[a-z_]+)(?:\{([^}]*)\})?/g)) {
    const found = metricDefinitions.find(
      (metric) =>
        metric.name === name ||
        (metric.type === 'histogram' && name.replace(/_(?:bucket|sum|count)$/, '') === metric.name),
    );
    assert.ok(found !== undefined, `${where}: there is no ${name}`);
    assert.notEqual(found.type === 'histogram' && name === found.name, true, `${where}: ${name} is a histogram`);
    const known = [...Object.keys(found.labels), ...foreignLabels];
    for (const [, label = ''] of selector.matchAll(/([a-z]+)\s*(?:=~|!~|!=|=)/g)) {
      assert.ok(known.includes(label), `${where}: ${name} has no label ${label}`);
    }
  }
}

test('the dashboard asks only for metrics and labels that there are', () => {
  assert.ok(queries.length > 20);
  for (const [title, query] of queries) checkQuery(title, query);
});

test('the dashboard shows most of what there is', () => {
  const asked = queries.map(([, query]) => query).join('\n');
  const missing = metricDefinitions.filter(({ name }) => !asked.includes(name)).map(({ name }) => name);
  assert.ok(missing.length < metricDefinitions.length / 2, missing.join());
  assert.equal(new Set(dashboard.panels.map(({ id }: { id: number }) => id)).size, dashboard.panels.length);
});

test('the panels of the dashboard do not lie on one another', () => {
  const cells = new Set<string>();
  for (const { gridPos, title } of dashboard.panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(!cells.has(`${x} ${y}`), title);
        cells.add(`${x} ${y}`);
      }
    }
  }
});

test('the alerts ask only for metrics and labels that there are', () => {
  assert.ok(rules.length > 5);
  for (const { alert, expr, annotations } of rules) {
    checkQuery(alert, expr);
    assert.ok(annotations.summary);
  }
});

test('promtool finds nothing wrong', { skip: withoutPromtool }, () => {
  const checks = [
    ['check', 'rules', join(folder, 'alerts.yml')],
    ['check', 'config', '--syntax-only', join(folder, 'prometheus.yml')],
  ];
  for (const args of checks) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
  }
});

test('the queries of the dashboard are valid', { skip: withoutPromtool }, () => {
  const concrete = (query: string): string =>
    query.replaceAll('$__rate_interval', '5m').replaceAll('$__interval', '5m').replaceAll('$instance', '.*');
  const file = join(directory, 'queries.yml');
  const own = queries.map(([title, query]) => ({ alert: title.replaceAll(/\W/g, ''), expr: concrete(query) }));
  writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules: own }] }));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
});

/** Series over twenty minutes from 1970 on, and which alerts are to fire in the end. */
const cases: readonly (readonly [series: string, values: string, fires: readonly string[]])[] = [
  [
    'mutual_certificate_expiry_timestamp_seconds{kind="server",name="a"}',
    `${13 * 86_400}x20`,
    ['MutualCertificateExpiring'],
  ],
  ['mutual_certificate_expiry_timestamp_seconds{kind="server",name="a"}', `${20 * 86_400}x20`, []],
  [
    'mutual_certificate_expiry_timestamp_seconds{kind="server",name="a"}',
    '60x20',
    ['MutualCertificateExpired', 'MutualCertificateExpiring'],
  ],
  [
    'mutual_certificate_expiry_timestamp_seconds{kind="client",name="a"}',
    `${6 * 86_400}x20`,
    ['MutualClientCertificateExpiring'],
  ],
  ['mutual_crl_next_update_timestamp_seconds{name="a"}', `${11 * 3600}x20`, ['MutualRevocationListStale']],
  ['mutual_crl_next_update_timestamp_seconds{name="a"}', `${14 * 3600}x20`, []],
  ['mutual_upstream_up{upstream="u",address="a"}', '0x20', ['MutualUpstreamDown']],
  ['mutual_upstream_up{upstream="u",address="a"}', '1x20', []],
  ['mutual_last_reload_successful', '0x20', ['MutualReloadFailed']],
  ['mutual_ready', '0x20', ['MutualNotReady']],
];

test('the alerts fire when they should, and not otherwise', { skip: withoutPromtool }, () => {
  const tests = cases.map(([series, values, fires]) => ({
    interval: '1m',
    input_series: [{ series, values }],
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: '20m',
        exp_samples: fires.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
      },
    ],
  }));
  const file = join(directory, 'alerts.test.yml');
  const rule_files = [join(folder, 'alerts.yml')];
  writeFileSync(file, stringify({ rule_files, evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`.slice(0, 3000));
});
