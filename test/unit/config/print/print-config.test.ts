import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../src/config/load.ts';
import { printConfig } from '../../../../src/config/print/print-config.ts';

const text = `servers:
  - listen: 8443
    names: a.example
    tls: { certificate: a.pem, keyPasswordFile: a.txt, clients: { ca: ca.pem } }
    routes:
      - path: /
        allow: [{ serial: '05', commonName: '123' }]
        upstream: http://127.0.0.1:3000
        headers: { X-A: 'true', X-B: '' }
`;

test('every default is written down, and implicit upstreams are not', () => {
  const printed = printConfig(parseConfig(text, '/etc/mutual.yaml'));
  assert.match(printed, /^ {4}identityHeaders: nginx$/m);
  assert.match(printed, /^ {8}verify: required$/m);
  assert.match(printed, /^ {6}key: \/etc\/a\.pem$/m);
  assert.match(printed, /^ {2}idleTimeout: 1m15s$/m);
  assert.match(printed, /^ {2}maxHeadBytes: 32k$/m);
  assert.match(printed, /^ {2}maxBodyBytes: 0$/m);
  assert.doesNotMatch(printed, /^upstreams:/m);
});

test('texts that look like other values stay texts', () => {
  const config = parseConfig(text, '/etc/mutual.yaml');
  const printed = printConfig(config);
  assert.match(printed, /serial: "05"/);
  assert.match(printed, /commonName: "123"/);
  assert.match(printed, /X-A: "true"/);
  assert.deepEqual(parseConfig(printed, '/etc/mutual.yaml'), config);
});

test('what is printed is what is meant wherever it is read', () => {
  const config = parseConfig(text, '/etc/mutual.yaml');
  const elsewhere = parseConfig(printConfig(config), '/tmp/other.yaml');
  assert.deepEqual({ ...elsewhere, source: config.source }, config);
});
