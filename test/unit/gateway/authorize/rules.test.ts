// Rules against real certificates, and against some that were made to fool them.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { RuleConfig, RuleKey } from '../../../../src/config/schema.ts';
import { compileRule, describeRule, findRule } from '../../../../src/gateway/authorize/rules.ts';
import { type Certificate, parseCertificate } from '../../../../src/x509/certificate.ts';
import { attribute, changeCertificate, der, extension, name, sequence, utf8 } from '../../../support/der-writer.ts';
import { readCertificate } from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root, with a comma' });
let made = 0;

function certificate(subject: string, san?: string): Certificate {
  made += 1;
  const files = makeCertificate(directory, { ca, name: `c${made}`, subject, ...(san === undefined ? {} : { san }) });
  return readCertificate(files.certificate);
}

function holds(rule: RuleConfig, who: Certificate): boolean {
  return compileRule(rule).holds(who);
}

const client = certificate(
  '/C=DE/O=Company A/OU=Ops/OU=R&D/CN=client-7',
  'DNS:Client-7.a.example,DNS:deep.sub.a.example,email:Alice@Mail.Example,URI:spiffe://a.example/ns/prod/sa/web',
);

// A key, values that admit the client, values that do not.
const cases: readonly (readonly [RuleKey, readonly string[], readonly string[]])[] = [
  ['organization', ['Company A', 'Company *', '*'], ['Company B', 'company a', 'Company', 'Ops', '*B']],
  ['organizationalUnit', ['Ops', 'R&D', 'R*'], ['Sales', 'Ops,R&D', 'Company A']],
  ['commonName', ['client-7', 'client-*', '*-7'], ['client-', 'Client-7', 'client-8', 'server-*']],
  [
    'dns',
    ['client-7.a.example', 'CLIENT-7.A.EXAMPLE', '*.a.example', '*.sub.a.example', '**.example'],
    ['*.example', 'a.example', 'client-7', '*.b.example'],
  ],
  [
    'email',
    ['Alice@mail.example', 'Alice@MAIL.EXAMPLE', '*@mail.example'],
    ['alice@mail.example', '*@example', 'mail.example'],
  ],
  [
    'uri',
    ['spiffe://a.example/ns/prod/sa/web', 'spiffe://a.example/ns/*/sa/web', 'spiffe://a.example/**'],
    ['spiffe://a.example/*', 'spiffe://a.example', 'spiffe://b.example/**', 'SPIFFE://a.example/**'],
  ],
  [
    'dn',
    [client.subjectDn, 'CN=client-*,OU=R&D,OU=Ops,O=Company A,C=DE', 'CN=client-7,**', '**,C=DE', '**,O=Company A,*'],
    ['CN=client-7', 'CN=*', 'CN=*,C=DE', `${client.subjectDn},`, 'CN=client-7, OU=R&D, OU=Ops, O=Company A, C=DE', '*'],
  ],
  [
    'issuerDn',
    ['CN=Root\\, with a comma,O=Company A', 'CN=*,O=Company A'],
    ['CN=Root, with a comma,O=Company A', 'CN=*', client.subjectDn],
  ],
  ['serial', [client.serialNumber], [client.serialNumber.toLowerCase(), `00${client.serialNumber}`, '*', '']],
  ['sha256', [client.sha256], [client.sha256.toUpperCase(), client.sha1, '*', client.sha256.slice(1)]],
  ['spki', [client.spkiSha256], [client.sha256, '*']],
];

for (const [key, admitted, refused] of cases) {
  for (const value of admitted) test(`${key} ${value} admits`, () => assert.ok(holds({ [key]: [value] }, client)));
  for (const value of refused) test(`${key} ${value} does not`, () => assert.ok(!holds({ [key]: [value] }, client)));
}

test('all keys of a rule must hold, of the values of one key any', () => {
  assert.ok(holds({ organization: ['Company A'], commonName: ['x', 'client-*'] }, client));
  assert.ok(!holds({ organization: ['Company A'], commonName: ['x', 'y'] }, client));
  assert.ok(!holds({ organization: ['Company B'], commonName: ['client-*'] }, client));
});

test('any rule suffices, and none admits nobody', () => {
  const rules = [compileRule({ organization: ['Company B'] }), compileRule({ commonName: ['client-*'] })];
  assert.equal(findRule(rules, client), rules[1]);
  assert.equal(findRule(rules.slice(0, 1), client), undefined);
  assert.equal(findRule([], client), undefined);
});

test('a rule without keys or without values admits nobody', () => {
  assert.ok(!holds({}, client));
  assert.ok(!holds({ commonName: [] }, client));
  assert.ok(!holds({ commonName: ['client-*'], organization: [] }, client));
});

test('a certificate without the attribute has no value that a star could match', () => {
  const bare = certificate('/CN=bare');
  for (const key of ['organization', 'organizationalUnit', 'dns', 'email', 'uri'] as const) {
    assert.ok(!holds({ [key]: ['**'] }, bare), key);
  }
  assert.ok(holds({ commonName: ['**'] }, bare));
});

test('a common name that reads like other attributes is a common name all the same', () => {
  const forger = certificate('/C=XX/CN=client-7,O=Company A');
  assert.ok(!holds({ organization: ['Company A'] }, forger));
  assert.ok(!holds({ commonName: ['client-7'] }, forger));
  assert.ok(!holds({ dn: ['CN=client-7,O=Company A,C=XX'] }, forger));
  assert.ok(!holds({ dn: ['CN=*,O=Company A,C=XX'] }, forger));
  assert.ok(holds({ dn: ['CN=*,C=XX'] }, forger));
  assert.ok(holds({ dn: ['CN=*,O=Company A,C=XX'] }, certificate('/C=XX/O=Company A/CN=client-7')));
});

test('a star ends where an attribute of the same RDN ends', () => {
  const forger = certificate('/CN=x\\+UID=1');
  assert.equal(forger.subjectDn, 'CN=x\\+UID=1');
  assert.ok(!holds({ dn: ['CN=*+UID=1'] }, forger));
  const both = certificate('/UID=1+CN=x');
  assert.ok(holds({ dn: [both.subjectDn.replace('x', '*')] }, both));
  assert.ok(!holds({ dn: ['CN=*'] }, both) && !holds({ dn: ['UID=*'] }, both));
});

test('a backslash at the end of a value escapes nothing', () => {
  const who = parseCertificate(
    changeCertificate(client.der, {
      subject: name([attribute('2.5.4.10', utf8('Company A'))], [attribute('2.5.4.3', utf8('x\\'))]),
    }),
  );
  assert.equal(who.subjectDn, 'CN=x\\\\,O=Company A');
  assert.ok(holds({ dn: ['CN=*,O=Company A'] }, who));
  assert.ok(!holds({ dn: ['CN=*'] }, who));
});

test('values with control characters match no rule', () => {
  const who = parseCertificate(
    changeCertificate(client.der, {
      subject: name(
        [attribute('2.5.4.3', utf8('alice\nCN=admin\r\nX-Admin: 1'))],
        [attribute('2.5.4.3', utf8('admin\0'))],
      ),
    }),
  );
  for (const commonName of ['alice', 'admin', '*', 'alice*'])
    assert.ok(!holds({ commonName: [commonName] }, who), commonName);
});

test('letters beyond ASCII are compared as text', () => {
  const who = certificate('/O=München/CN=x');
  assert.ok(holds({ organization: ['München'] }, who));
  assert.ok(holds({ organization: ['M*chen'] }, who));
  assert.ok(holds({ dn: ['CN=x,O=M\\C3\\BCnchen'] }, who));
  assert.ok(!holds({ organization: ['Munchen'] }, who));
});

test('the address in the subject counts where there is none among the alternative names', () => {
  const old = certificate('/CN=x/emailAddress=alice@a.example');
  const both = certificate('/CN=x/emailAddress=alice@a.example', 'email:bob@a.example');
  assert.ok(holds({ email: ['alice@a.example'] }, old));
  assert.ok(!holds({ email: ['alice@a.example'] }, both));
  assert.ok(holds({ email: ['bob@a.example'] }, both));
  const malformed = parseCertificate(
    changeCertificate(old.der, { extensions: [extension('2.5.29.17', sequence(der(0x81, 'bob @a.example')))] }),
  );
  assert.equal(malformed.altNames.malformed, 1);
  assert.ok(!holds({ email: ['**'] }, malformed));
});

test('a common name is no dns name', () => {
  const who = certificate('/CN=host.a.example');
  assert.ok(!holds({ dns: ['host.a.example'] }, who));
  assert.ok(holds({ commonName: ['host.a.example'] }, who));
});

test('an alternative name with a comma or a quote is one name', () => {
  const who = parseCertificate(new X509Certificate(readFileSync(makeForgedUri())));
  assert.ok(!holds({ dns: ['admin'] }, who));
  assert.ok(!holds({ uri: ['http://x'] }, who));
  assert.ok(holds({ uri: ['http://x,DNS:admin'] }, who));
});

function makeForgedUri(): string {
  // A section of its own, for in one line openssl itself would split at the comma.
  const san = '@names\n[names]\nURI.1 = "http://x,DNS:admin"\n[end]';
  return makeCertificate(directory, { ca, name: 'forged-uri', san }).certificate;
}

test('a rule is told in words, on one line', () => {
  assert.equal(
    describeRule({ organization: ['Company A'], commonName: ['client-*', 'x"\n'] }),
    'organization "Company A", commonName "client-*" or "x\\"\\n"',
  );
});

test('never throws, whatever stands in the rule or in the name', () => {
  const keys = cases.map(([key]) => key);
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('*', '\\', ',', '+', '@', '.', '/', 'a', '\n') }),
  );
  const rule = fc.dictionary(fc.constantFrom(...keys), fc.array(text, { maxLength: 3 })) as fc.Arbitrary<RuleConfig>;
  fc.assert(
    fc.property(rule, text, (candidate, commonName) => {
      const subject = name([attribute('2.5.4.3', utf8(commonName))]);
      const who = parseCertificate(changeCertificate(client.der, { subject }));
      holds(candidate, who);
      holds(candidate, client);
      assert.match(describeRule(candidate), /^[^\n]*$/);
    }),
    { seed: 11, numRuns: 1000 },
  );
});
