// docs/headers.md names every header that is managed, and every one that is sent.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { IdentityHeadersConfig } from '../../src/config/schema.ts';
import { hopByHopNames } from '../../src/gateway/forward/headers/hop-by-hop.ts';
import {
  identityHeaders,
  maxCertificateBytes,
  maxDnBytes,
} from '../../src/gateway/forward/headers/identity-headers.ts';
import { forwardingNames, identityNames } from '../../src/gateway/forward/headers/managed-names.ts';
import { readCertificate, verified } from '../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../support/openssl.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/headers.md'), 'utf8');
const code = new Set(Array.from(page.matchAll(/`([^`\n]+)`/g), ([, text = '']) => text));

/** Names and `prefix*` of the two tables of what is removed. */
const listed = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .flatMap((line) => Array.from(line.split('|')[2]?.matchAll(/`([a-z0-9-]+\*?)`/g) ?? [], ([, name = '']) => name))
  .filter((name) => name.includes('-') || name === 'forwarded' || name === 'proxy');

test('every managed name is listed, and no other', () => {
  const managed = [...identityNames, ...forwardingNames].flatMap(({ names = [], prefixes = [] }) => [
    ...names,
    ...prefixes.map((prefix) => `${prefix}*`),
  ]);
  assert.deepEqual(listed.toSorted(), managed.toSorted());
});

test('every header of a connection is named', () => {
  const named = new Set(Array.from(code, (text) => text.toLowerCase()));
  for (const name of hopByHopNames) {
    if (name !== 'proxy-authentication-info') assert.ok(named.has(name), name);
  }
});

test('limits are those of the code', () => {
  assert.ok(page.includes(`more than ${maxDnBytes} bytes`));
  assert.ok(page.includes(`more than ${maxCertificateBytes} as a header`));
});

// The certificate that the page describes.
const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root CA' });
const client = makeCertificate(directory, {
  ca,
  name: 'client-a',
  subject: '/C=DE/O=Company A, Inc./CN=client-a',
  san: 'DNS:client-a.a.example,URI:spiffe://a.example/client-a',
  serial: '0A0B',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2026-12-31T23:59:59Z'),
});
const authentication = verified(readCertificate(client.certificate), [readCertificate(ca.certificate).x509]);

/** What each example on the page is the answer to. */
const examples: Readonly<Record<string, IdentityHeadersConfig>> = {
  nginx: { conventions: ['nginx'], nginxCertificate: true },
  envoy: {
    conventions: ['envoy'],
    nginxCertificate: false,
    envoy: { mode: 'SANITIZE_SET', details: ['subject', 'uri', 'dns', 'issuer'] },
  },
  rfc9440: { conventions: ['rfc9440'], nginxCertificate: false, rfc9440: { chain: true } },
  'aws-alb': { conventions: ['aws-alb'], nginxCertificate: false },
  passthrough: { conventions: ['aws-alb'], nginxCertificate: false, awsAlb: { mode: 'passthrough' } },
  traefik: { conventions: ['traefik'], nginxCertificate: false },
};

const shown = new Map(Array.from(page.matchAll(/^```http (\S+)\n([^`]+)\n```$/gm), ([, name, text]) => [name, text]));

/** Where the page leaves something out, it is base64, percent-encoded or not, or hexadecimal; bytes differ in each run. */
function patternOf(line: string): RegExp {
  const parts = line
    .replaceAll('3608e6…', '…')
    .replaceAll(/MII[A-Z]…/g, 'MII…')
    .split('…')
    .map(escaped);
  return new RegExp(`^${parts.join('[A-Za-z0-9%+/=]+')}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

for (const [name, config] of Object.entries(examples)) {
  test(`the example of ${name} is what is sent`, () => {
    const lines = shown.get(name)?.split('\n') ?? [];
    const headers = identityHeaders(authentication, config, { uris: ['spiffe://b.example/gateway'] });
    assert.equal(headers.length, lines.length);
    for (const [i, header] of headers.entries()) assert.match(header.join(': '), patternOf(lines[i] ?? ''));
  });
}

test('every example has its test, and the text beside Traefik’s header is what it says', () => {
  assert.deepEqual([...shown.keys()], Object.keys(examples));
  const [, info = ''] = /```text\n(Subject=.+)\n```/.exec(page) ?? [];
  const header = identityHeaders(authentication, examples.traefik as IdentityHeadersConfig).at(-1)?.[1];
  assert.equal(new URLSearchParams(`v=${header}`).get('v'), info);
});
