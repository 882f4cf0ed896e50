import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { RuleConfig } from '../../../src/config/schema.ts';
import { explainRules, ruleFor } from '../../../src/explain/explain-rules.ts';
import { compileRule } from '../../../src/gateway/authorize/rules.ts';
import { readCertificate } from '../../support/exchange.ts';
import { makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const client = readCertificate(
  makeCertificate(directory, {
    name: 'client',
    subject: '/O=Company A/OU=Orders/OU=Support/CN=client-a',
    san: 'DNS:a.example,URI:spiffe://a.example/orders,email:a@a.example',
    serial: '0A1B',
  }).certificate,
);
const bare = readCertificate(makeCertificate(directory, { name: 'bare', subject: '/' }).certificate);

describe('a rule that does not hold says what it wants and what there is', () => {
  const cases: readonly (readonly [RuleConfig, string])[] = [
    [{ organization: ['Company B'] }, 'its organization (O) is "Company A": "Company B" is wanted'],
    [
      { organizationalUnit: ['Sales', 'HR'] },
      'its organizational unit (OU) is "Orders" and "Support": "Sales" or "HR" is wanted',
    ],
    [{ commonName: ['server-*'] }, 'its common name (CN) is "client-a": "server-*" is wanted'],
    [{ dns: ['*.a.example'] }, 'its DNS name is "a.example": "*.a.example" is wanted'],
    [{ uri: ['spiffe://b.example/**'] }, 'its URI is "spiffe://a.example/orders": "spiffe://b.example/**" is wanted'],
    [{ email: ['*@b.example'] }, 'its e-mail address is "a@a.example": "*@b.example" is wanted'],
    [{ serial: ['05'] }, 'its serial number is "0A1B": "05" is wanted'],
    [
      { organization: ['Company A'], commonName: ['x'], dns: ['y'] },
      'its common name (CN) is "client-a": "x" is wanted; its DNS name is "a.example": "y" is wanted',
    ],
  ];
  for (const [rule, said] of cases) {
    test(JSON.stringify(rule), () => assert.deepEqual(explainRules([rule], client), [`rule 1: ${said}`]));
  }

  test('one line a rule, and none for a rule that holds', () => {
    const rules = [{ commonName: ['x'] }, { organization: ['Company A'] }, { dns: ['y'] }];
    assert.deepEqual(
      explainRules(rules, client).map((line) => line.slice(0, 7)),
      ['rule 1:', 'rule 3:'],
    );
  });

  test('what the certificate does not have at all', () => {
    assert.deepEqual(explainRules([{ organization: ['Company A'], dns: ['a.example'], dn: ['CN=x'] }], bare), [
      'rule 1: it has no organization (O): "Company A" is wanted; it has no DNS name: "a.example" is wanted; it has no subject: "CN=x" is wanted',
    ]);
  });
});

describe('the rule that is proposed', () => {
  test('holds for this certificate, and not for another', () => {
    assert.equal(ruleFor(client), '{ dn: "CN=client-a,OU=Support,OU=Orders,O=Company A" }');
    const rule = compileRule({ dn: [client.subjectDn] });
    assert.ok(rule.holds(client));
    assert.ok(!rule.holds(bare));
  });
  test('goes by the fingerprint where the name says nothing', () => {
    assert.equal(ruleFor(bare), `{ sha256: ${bare.sha256} }`);
    const starry = readCertificate(makeCertificate(directory, { name: 'starry', subject: '/CN=*' }).certificate);
    assert.equal(ruleFor(starry), `{ sha256: ${starry.sha256} }`);
  });
});
