// What a configuration means that says nothing, and what the words of it come down to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/config/load.ts';
import type { Config, ServerConfig } from '../../../src/config/schema.ts';

function parse(server: string, rest = ''): Config {
  return parseConfig(`servers: [{ listen: "127.0.0.1:0", ${server} }]\n${rest}`, '/etc/mutual.yaml');
}

function serverOf(server: string): ServerConfig {
  const [only] = parse(`${server}, routes: [{ path: /, respond: {} }]`).servers;
  assert.ok(only !== undefined);
  return only;
}

test('limits protect when nothing is said', () => {
  assert.deepEqual(parse('routes: [{ path: /, respond: {} }]').limits, {
    handshakeTimeoutMs: 10_000,
    headTimeoutMs: 10_000,
    idleTimeoutMs: 75_000,
    requestTimeoutMs: 0,
    bodyIdleTimeoutMs: 60_000,
    maxConnectionAgeMs: 0,
    drainTimeoutMs: 30_000,
    maxHeadBytes: 32_768,
    maxHeaders: 1000,
    maxConnections: 10_000,
    maxConnectionsPerAddress: 1000,
    maxRequestsPerConnection: 0,
    maxBodyBytes: 0,
    http2MaxConcurrentStreams: 100,
  });
});

test('clients that are spoken of are verified, and others are not asked', () => {
  const verify = (clients: string) => serverOf(`tls: { certificate: a.pem${clients} }`).tls?.clients.verify;
  assert.equal(verify(''), 'none');
  assert.equal(verify(', clients: { ca: ca.pem }'), 'required');
  assert.equal(verify(', clients: { ca: ca.pem, verify: optional }'), 'optional');
  assert.equal(verify(', clients: { ca: ca.pem, verify: none }'), 'none');
});

test('identity headers are sent where clients are verified', () => {
  const conventions = (server: string) => serverOf(server).identityHeaders.conventions;
  assert.deepEqual(conventions('names: a.example'), []);
  assert.deepEqual(conventions('tls: { certificate: a.pem }'), []);
  assert.deepEqual(conventions('tls: { certificate: a.pem, clients: { ca: ca.pem } }'), ['nginx']);
  assert.deepEqual(conventions('tls: { certificate: a.pem, clients: { ca: ca.pem } }, identityHeaders: none'), []);
  assert.deepEqual(conventions('identityHeaders: nginx'), ['nginx']);
});

test('the key is in the file of the certificate unless another is named', () => {
  assert.equal(serverOf('tls: { certificate: a.pem }').tls?.key, '/etc/a.pem');
  assert.equal(serverOf('tls: { certificate: a.pem, key: b.key }').tls?.key, '/etc/b.key');
});

test('an empty list of rules stays: nobody is not everybody', () => {
  const config = parse('tls: { certificate: a, clients: { ca: b } }, routes: [{ path: /, allow: [], respond: {} }]');
  assert.deepEqual(config.servers[0]?.routes[0]?.allow, []);
  const absent = parse('tls: { certificate: a, clients: { ca: b } }, routes: [{ path: /, respond: {} }]');
  assert.equal(absent.servers[0]?.routes[0]?.allow, undefined);
});

test('zero is a value: the innermost limit wins', () => {
  const config = parse(
    'maxBodyBytes: 1k, routes: [{ path: /, maxBodyBytes: 0, respond: {} }]',
    'limits: { maxBodyBytes: 1m }',
  );
  assert.equal(config.limits.maxBodyBytes, 1_048_576);
  assert.equal(config.servers[0]?.maxBodyBytes, 1024);
  assert.equal(config.servers[0]?.routes[0]?.maxBodyBytes, 0);
});

test('equal URLs at several routes are one upstream', () => {
  const config = parse("routes: [{ path: /, upstream: 'http://A:80/' }, { path: /b, upstream: 'http://a' }]");
  assert.deepEqual(Object.keys(config.upstreams), ['http://a']);
  const targets = config.servers[0]?.routes.map(({ action }) => action.kind === 'upstream' && action.upstream);
  assert.deepEqual(targets, ['http://a', 'http://a']);
});

test('names of objects are names like others', () => {
  const config = parse(
    'routes: [{ path: /, upstream: constructor }]',
    'upstreams: { constructor: { servers: "http://a" } }',
  );
  assert.equal(config.upstreams.constructor?.name, 'constructor');
  assert.throws(() => parse('routes: [{ path: /, upstream: constructor }]'), /unknown upstream "constructor"/);
  assert.throws(() => parse('routes: [{ path: /, respond: {} }]', '__proto__: { a: 1 }'), /unknown key "__proto__"/);
});

test('connections per server come from the upstream unless the server says', () => {
  const config = parse(
    'routes: [{ path: /, respond: {} }]',
    'upstreams: { a: { maxConnections: 5, servers: ["http://a", { url: "http://b", maxConnections: 7 }] } }',
  );
  assert.deepEqual(
    config.upstreams.a?.servers.map(({ maxConnections }) => maxConnections),
    [5, 7],
  );
});

test('a redirect keeps the method unless told otherwise', () => {
  const config = parse('routes: [{ path: /, respond: { redirect: "https://$host/" } }]');
  const action = config.servers[0]?.routes[0]?.action;
  assert.equal(action?.kind === 'respond' && action.status, 308);
});
