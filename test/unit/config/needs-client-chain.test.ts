// Which configurations need the certificates that a client sends after its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/config/load.ts';
import { needsClientChain } from '../../../src/config/needs-client-chain.ts';

function needs(clients: string, identityHeaders: string, ofRoute = 'none'): boolean {
  const yaml = `servers:
  - listen: 127.0.0.1:1
    tls: { certificate: a.pem, clients: ${clients} }
    identityHeaders: ${identityHeaders}
    routes: [{ path: /, upstream: 'http://127.0.0.1:2', identityHeaders: ${ofRoute} }]
`;
  const [server] = parseConfig(yaml, '/a.yaml').servers;
  assert.ok(server !== undefined);
  return needsClientChain(server);
}

const telling = [
  '{ conventions: rfc9440, rfc9440: { chain: true } }',
  '{ conventions: traefik, traefik: { chain: true } }',
  '{ conventions: aws-alb, awsAlb: { mode: passthrough } }',
  '{ conventions: envoy, envoy: { details: [chain] } }',
];
const silent = [
  'nginx',
  'none',
  '[envoy, rfc9440, aws-alb, traefik]',
  '{ conventions: envoy, envoy: { details: [cert] } }',
];

test('a header that tells the chain needs it, on the server or on any route', () => {
  for (const headers of telling) {
    assert.equal(needs('{ ca: ca.pem }', headers), true, headers);
    assert.equal(needs('{ ca: ca.pem, verify: optional }', 'nginx', headers), true, headers);
    assert.equal(needs('{ verify: none }', headers), false, headers);
  }
});

test('other headers do not', () => {
  for (const headers of silent) assert.equal(needs('{ ca: ca.pem }', headers, headers), false, headers);
});

test('a limit to its length needs it', () => {
  assert.equal(needs('{ ca: ca.pem, depth: 0 }', 'nginx'), true);
  assert.equal(needs('{ ca: ca.pem, requireClientAuthEku: true }', 'nginx'), false);
});
