import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { configurationJsonSchema, type JsonSchema, knownKeysAt } from '../../../src/config/json-schema.ts';
import { parseConfig } from '../../../src/config/load.ts';

const schema = configurationJsonSchema();
const definitions = Object.entries(schema.$defs ?? {});

test('it is plain JSON and says which JSON Schema it is', () => {
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
});

test('every object is closed, described, and has an example', () => {
  for (const [name, node] of definitions) {
    assert.equal(node.additionalProperties, false, name);
    assert.ok(node.description, name);
    assert.ok(node.examples?.length, name);
  }
});

test('every key is described in a sentence', () => {
  for (const [name, node] of [['', schema] as const, ...definitions]) {
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      assert.match(child.description ?? '', /^[A-Z`].*[.]$/s, `${name}.${key}`);
    }
  }
});

test('known keys are found through lists, names and alternatives', () => {
  assert.ok(knownKeysAt(schema, []).includes('servers'));
  assert.ok(knownKeysAt(schema, ['servers', 0, 'listen']).includes('proxyProtocol'));
  assert.ok(knownKeysAt(schema, ['servers', 0, 'listen', 3]).includes('proxyProtocol'));
  assert.ok(knownKeysAt(schema, ['servers', 0, 'routes', 7, 'allow', 0]).includes('commonName'));
  assert.ok(knownKeysAt(schema, ['upstreams', 'any name', 'tls']).includes('serverName'));
  assert.deepEqual(knownKeysAt(schema, ['servers', 'listen']), []);
  assert.deepEqual(knownKeysAt(schema, ['none']), []);
});

/** Where an example of a named object belongs, so that the whole is a configuration. */
const places: Readonly<Record<string, (example: unknown) => object>> = {
  Server: (server) => ({ servers: [server] }),
  Listen: (listen) => served({ listen, tls: { certificate: 'a.pem' } }),
  Tls: (tls) => served({ tls }),
  Clients: (clients) => served({ tls: { certificate: 'a.pem', clients } }),
  CrlUrl: (crl) => served({ tls: { certificate: 'a.pem', clients: { ca: 'ca.pem', crl } } }),
  SignedIdentity: (signedIdentity) => ({ ...served({}), signedIdentity }),
  Ocsp: (ocsp) => served({ tls: { certificate: 'a.pem', clients: { ca: 'ca.pem', ocsp } } }),
  IdentityHeaders: (identityHeaders) => served({ identityHeaders }),
  EnvoyHeaders: (envoy) => served({ identityHeaders: { conventions: 'envoy', envoy } }),
  Rfc9440Headers: (rfc9440) => served({ identityHeaders: { conventions: 'rfc9440', rfc9440 } }),
  AwsAlbHeaders: (awsAlb) => served({ identityHeaders: { conventions: 'aws-alb', awsAlb } }),
  TraefikHeaders: (traefik) => served({ identityHeaders: { conventions: 'traefik', traefik } }),
  Route: (route) => ({ servers: [{ listen: 1, tls: verified, routes: [route] }] }),
  Rule: (rule) => ({ servers: [{ listen: 1, tls: verified, routes: [{ path: '/', allow: [rule], respond: {} }] }] }),
  Respond: (respond) => ({ servers: [{ listen: 1, routes: [{ path: '/', respond }] }] }),
  Upstream: (upstream) => ({ ...served({}), upstreams: { a: upstream } }),
  UpstreamServer: (server) => ({ ...served({}), upstreams: { a: { servers: [server] } } }),
  UpstreamTls: (tls) => ({ ...served({}), upstreams: { a: { servers: 'https://a', tls } } }),
  Limits: (limits) => ({ ...served({}), limits }),
  Admin: (admin) => ({ ...served({}), admin }),
  Log: (log) => ({ ...served({}), log }),
  AccessLog: (access) => ({ ...served({}), log: { access } }),
  LogCondition: (when) => ({
    servers: [{ listen: 1, routes: [{ path: '/', name: 'health', respond: {} }] }],
    log: { access: { when } },
  }),
  Redact: (redact) => ({ ...served({}), log: { redact } }),
  Http: (http) => ({ http }),
  HttpServer: (server) => ({ http: { servers: [server] } }),
  HttpListen: (listen) => ({ http: { servers: [{ listen: [listen] }] } }),
  HttpLocation: (location) => located(location),
  HttpUpstream: (upstream) => ({ http: { ...bareHttp, upstreams: { a: upstream } } }),
  HttpUpstreamServer: (server) => ({ http: { ...bareHttp, upstreams: { a: { servers: [server] } } } }),
  HttpHash: (balance) => ({ http: { ...bareHttp, upstreams: { a: { servers: [{ address: 'a' }], balance } } } }),
  HttpRandom: (balance) => ({ http: { ...bareHttp, upstreams: { a: { servers: [{ address: 'a' }], balance } } } }),
  HttpMap: (map) => ({ http: { ...bareHttp, maps: [map] } }),
  HttpMapEntry: (entry) => ({ http: { ...bareHttp, maps: [{ source: '$uri', variable: '$a', entries: [entry] }] } }),
  HttpGeo: (geo) => ({ http: { ...bareHttp, geos: [geo] } }),
  HttpGeoEntry: (entry) => ({ http: { ...bareHttp, geos: [{ variable: '$a', entries: [entry] }] } }),
  HttpSplit: (split) => ({ http: { ...bareHttp, splits: [split] } }),
  HttpSplitPart: (part) => ({ http: { ...bareHttp, splits: [{ source: '$uri', variable: '$a', parts: [part] }] } }),
  HttpRequestZone: (zone) => ({ http: { ...bareHttp, requestZones: [zone] } }),
  HttpConnectionZone: (zone) => ({ http: { ...bareHttp, connectionZones: [zone] } }),
  HttpLogFormat: (format) => ({ http: { ...bareHttp, logFormats: { a: format } } }),
  HttpBuffers: (largeClientHeaderBuffers) => ({ http: { ...bareHttp, largeClientHeaderBuffers } }),
  HttpPair: (pair) => located({ prefix: '/', proxySetHeaders: [pair] }),
  HttpHeader: (header) => located({ prefix: '/', addHeaders: [header] }),
  HttpReplacement: (replacement) => located({ prefix: '/', proxyRedirect: [replacement] }),
  HttpCookieFlags: (flags) => located({ prefix: '/', proxyCookieFlags: [flags] }),
  HttpErrorPage: (errorPage) => located({ prefix: '/', errorPages: [errorPage] }),
  HttpAllow: (allow) => located({ prefix: '/', access: [allow] }),
  HttpDeny: (deny) => located({ prefix: '/', access: [deny] }),
  HttpLimitRequest: (limit) => located({ prefix: '/', limitRequests: [limit] }),
  HttpLimitConnection: (limit) => located({ prefix: '/', limitConnections: [limit] }),
  HttpAccessLog: (log) => located({ prefix: '/', accessLogs: [log] }),
  HttpErrorLog: (log) => located({ prefix: '/', errorLogs: [log] }),
  HttpLimitExcept: (limitExcept) => located({ prefix: '/', limitExcept }),
  HttpLimitSettings: (settings) => located({ prefix: '/', limitExcept: { methods: ['GET'], settings } }),
  HttpCondition: (condition) => located({ prefix: '/', steps: [{ if: condition, steps: ['break'] }] }),
  HttpIfSettings: (settings) => located({ prefix: '/', steps: [{ if: { left: '$uri' }, settings }] }),
  HttpSet: (step) => located({ prefix: '/', steps: [step] }),
  HttpRewrite: (step) => located({ prefix: '/', steps: [step] }),
  HttpReturn: (step) => located({ prefix: '/', steps: [step] }),
  HttpIf: (step) => located({ prefix: '/', steps: [step] }),
};
const bareHttp = { servers: [{ listen: [{ address: '127.0.0.1:1' }] }] };
const located = (location: unknown): object => ({
  http: { servers: [{ listen: [{ address: '127.0.0.1:1' }], locations: [location] }] },
});
const verified = { certificate: 'a.pem', clients: { ca: 'ca.pem', verify: 'optional' } };

function served(server: object): object {
  return { servers: [{ listen: 1, routes: [{ path: '/', respond: {} }], ...server }] };
}

for (const [name, { examples }] of definitions) {
  test(`the examples of ${name} are valid`, () => {
    const place = places[name];
    assert.ok(place !== undefined);
    for (const example of examples ?? []) {
      assert.doesNotThrow(() => parseConfig(stringify(place(example)), `${name}.yaml`));
    }
  });
}

test('every default is a valid value and the one that is used', () => {
  const defaultsOf = (node: JsonSchema | undefined): object =>
    Object.fromEntries(
      Object.entries(node?.properties ?? {}).flatMap(([key, child]) =>
        child.default === undefined ? [] : [[key, child.default]],
      ),
    );
  const bare = { ...served({}), upstreams: { a: { servers: 'http://a' } } };
  const explicit = {
    ...served(defaultsOf(schema.$defs?.Server)),
    upstreams: {
      a: {
        ...defaultsOf(schema.$defs?.Upstream),
        servers: [{ url: 'http://a', ...defaultsOf(schema.$defs?.UpstreamServer) }],
      },
    },
    limits: defaultsOf(schema.$defs?.Limits),
    log: defaultsOf(schema.$defs?.Log),
    workers: schema.properties?.workers?.default,
  };
  assert.deepEqual(parseConfig(stringify(explicit), 'a.yaml'), parseConfig(stringify(bare), 'a.yaml'));
});
