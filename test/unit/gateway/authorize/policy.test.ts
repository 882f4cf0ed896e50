// The configuration in the form in which requests are decided.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenConfig, ServerConfig } from '../../../../src/config/schema.ts';
import { compilePolicy } from '../../../../src/gateway/authorize/policy.ts';
import { makeRoute, makeServer } from '../../../support/exchange.ts';

function listen(port: number): ListenConfig {
  return { kind: 'tcp', host: '127.0.0.1', port, proxyProtocol: false, http2: false, key: `127.0.0.1:${port}` };
}

function server(name: string, facts: Partial<ServerConfig> = {}): ServerConfig {
  return makeServer(makeRoute(), { name, names: [name], listen: [listen(1)], ...facts });
}

test('each listener has the servers that listen there, and a default of its own', () => {
  const servers = [server('a', { listen: [listen(1), listen(1)] }), server('b', { listen: [listen(1), listen(2)] })];
  const { listeners } = compilePolicy({ servers });
  assert.deepEqual([...listeners.keys()], ['127.0.0.1:1', '127.0.0.1:2']);
  const [first, second] = [...listeners.values()];
  assert.deepEqual([...(first?.servers.keys() ?? [])], ['a', 'b']);
  assert.equal(first?.serverFor('x').config.name, 'a');
  assert.deepEqual([...(second?.servers.keys() ?? [])], ['b']);
  assert.equal(second?.serverFor('a').config.name, 'b');
  assert.equal(first?.serverFor('b'), second?.serverFor('b'), 'compiled once');
});

test('a server without TLS asks nobody for a certificate', () => {
  assert.equal(
    compilePolicy({ servers: [server('a')] })
      .listeners.get('127.0.0.1:1')
      ?.serverFor('a').clients,
    'none',
  );
});

test('no rules and an empty list of rules are not the same', () => {
  const routes = [
    makeRoute({ name: '/', match: { kind: 'prefix', path: '/' } }),
    makeRoute({ name: '/a', match: { kind: 'prefix', path: '/a' }, allow: [] }),
  ];
  const compiled = compilePolicy({ servers: [server('a', { routes })] })
    .listeners.get('127.0.0.1:1')
    ?.serverFor('a').routes;
  assert.equal(compiled?.choose('/')?.rules, undefined);
  assert.deepEqual(compiled?.choose('/a')?.rules, []);
});
