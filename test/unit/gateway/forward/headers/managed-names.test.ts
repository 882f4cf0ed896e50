import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalName,
  forwardingNames,
  identityNames,
  isIdentityName,
  isManagedName,
} from '../../../../../src/gateway/forward/headers/managed-names.ts';

/** Names as they stand in the manuals of those who use them. */
const identities = [
  'X-SSL-Client-Verify',
  'X-SSL-Client-S-DN',
  'X-SSL-Client-I-DN',
  'X-SSL-Client-Cert',
  'X-SSL-Client-Serial',
  'X-SSL-Client-Fingerprint',
  'X-SSL-Client-DN',
  'X-SSL-CERT',
  'X-SSL-Issuer',
  'X-SSL',
  'X-Client-DN',
  'X-Client-Verify',
  'X-Client-Cert',
  'X-Client-Cert-Hash',
  'X-Client-Certificate',
  'ssl-client-verify',
  'ssl-client-subject-dn',
  'ssl-client-issuer-dn',
  'ssl-client-cert',
  'SSL_CLIENT_S_DN',
  'SSL_CLIENT_CERT_CHAIN_0',
  'CERT_CHAIN_0',
  'SSL_SESSION_ID',
  'x-forwarded-client-cert',
  'Client-Cert',
  'Client-Cert-Chain',
  'X-Forwarded-Tls-Client-Cert',
  'X-Forwarded-Tls-Client-Cert-Info',
  'X-Forwarded-Ssl-Client-Cert',
  'X-Amzn-Mtls-Clientcert',
  'X-Amzn-Mtls-Clientcert-Serial-Number',
  'CloudFront-Viewer-Cert-Pem',
  'Cf-Client-Cert-Der-Base64',
  'Cf-Cert-Subject-Dn',
  'X-ARR-ClientCert',
  'Client-To-Edge',
  'WL-Proxy-Client-Cert',
  'l5d-client-id',
  'X-Mutual-Identity',
];

const forwarding = [
  'X-Real-IP',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'Forwarded',
  'X-Request-Id',
  'X-Original-URL',
  'X-Rewrite-URL',
  'Proxy',
];

const ordinary = [
  'Host',
  'Accept',
  'Cookie',
  'Authorization',
  'X-Api-Key',
  'X-Client-Id',
  'X-Client-Version',
  'Client-Id',
  'X-SSLish',
  'Sslmode',
  'X-Forwarder',
  'Proxy-Status',
  'X-Amzn-Trace-Id',
  'Cf-Ray',
  'X-Requested-With',
];

const spellings = (name: string): string[] => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  name.replaceAll('-', '_'),
  name.replaceAll('-', '.'),
  name.replaceAll('_', '-'),
  name.toLowerCase().replace('-', '_').replace('-', '.'),
];

test('every identity header of every convention is managed, in every spelling', () => {
  for (const name of identities.flatMap(spellings)) {
    assert.equal(isIdentityName(name), true, name);
    assert.equal(isManagedName(name), true, name);
  }
});

test('forwarding headers are managed but are no identity', () => {
  for (const name of forwarding.flatMap(spellings)) {
    assert.equal(isManagedName(name), true, name);
    assert.equal(isIdentityName(name), false, name);
  }
});

test("a client's own headers are not managed", () => {
  for (const name of ordinary.flatMap(spellings)) assert.equal(isManagedName(name), false, name);
});

test('the table is written in the form in which names are compared', () => {
  for (const { names = [], prefixes = [] } of [...identityNames, ...forwardingNames]) {
    for (const name of [...names, ...prefixes]) assert.equal(name, canonicalName(name));
  }
});
