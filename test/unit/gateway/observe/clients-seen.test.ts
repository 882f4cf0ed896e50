import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clientsKept, createClientsSeen, mergeClients } from '../../../../src/gateway/observe/clients-seen.ts';
import type { Certificate } from '../../../../src/x509/certificate.ts';
import { readCertificate } from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const alice = readCertificate(
  makeCertificate(directory, { ca, name: 'alice', subject: '/CN=alice', san: 'DNS:a.example,email:a@a.example' })
    .certificate,
);

/** Like another certificate in everything but its fingerprint. */
const variant = (sha256: string): Certificate => likeAlice({ sha256 });
function likeAlice(facts: Partial<Certificate>): Certificate {
  const own: ProxyHandler<Certificate> = { get: (_, key) => Reflect.get(key in facts ? facts : alice, key) };
  return new Proxy({} as Certificate, own);
}

const sight = (nowMs: number, address = '192.0.2.1') => ({ nowMs, address, server: 'a' });

test('a client has a row with all that is known of it', () => {
  const clients = createClientsSeen();
  clients.admitted(alice, sight(1));
  clients.requested(alice, sight(5));
  clients.requested(readAgain(), sight(9, '192.0.2.2'));
  clients.denied(alice, sight(9, '192.0.2.2'), 'not-allowed', 'no rule');
  const { entries, forgotten } = clients.snapshot();
  assert.equal(forgotten, 0);
  assert.equal(entries.length, 1);
  const { certificate, ...row } = entries[0] ?? assert.fail();
  assert.deepEqual(row, {
    firstSeenAtMs: 1,
    lastSeenAtMs: 9,
    lastAddress: '192.0.2.2',
    lastServer: 'a',
    requests: 2,
    denials: 1,
    lastDenial: { atMs: 9, code: 'not-allowed', reason: 'no rule' },
  });
  assert.deepEqual(certificate, {
    subject: 'CN=alice',
    issuer: alice.issuerDn,
    altNames: { dns: ['a.example'], email: ['a@a.example'], uri: [], ip: [] },
    serial: alice.serialNumber,
    sha256: alice.sha256,
    notBeforeMs: alice.notBefore.getTime(),
    notAfterMs: alice.notAfter.getTime(),
  });
});

/** The same certificate on another connection. */
function readAgain(): Certificate {
  return likeAlice({});
}

test('beyond the limit those not seen for longest are forgotten, and told', () => {
  const clients = createClientsSeen();
  for (let index = 0; index < 3 * clientsKept; index += 1) clients.requested(variant(`${index}`), sight(index));
  const { entries, forgotten } = clients.snapshot();
  assert.equal(entries.length, clientsKept);
  assert.equal(entries[0]?.certificate.sha256, String(3 * clientsKept - 1));
  assert.ok(forgotten >= 2 * clientsKept - clientsKept / 10);
});

test('certificates that nobody admitted push no client out', () => {
  const clients = createClientsSeen();
  clients.requested(alice, sight(0));
  for (let index = 0; index < 20_000; index += 1) {
    clients.denied(variant(`${index}`), sight(1 + index), 'client-certificate-invalid', 'self-signed');
  }
  const { entries } = clients.snapshot();
  assert.ok(entries.length <= 300);
  assert.equal(entries.at(-1)?.certificate.sha256, alice.sha256);
});

test('a stranger that is admitted later keeps its row, and its place among clients', () => {
  const clients = createClientsSeen();
  clients.denied(alice, sight(1), 'client-certificate-invalid', 'x');
  clients.requested(alice, sight(2));
  for (let index = 0; index < 1000; index += 1) clients.denied(variant(`${index}`), sight(3), 'not-allowed', 'x');
  const row = clients.snapshot().entries.find(({ certificate }) => certificate.sha256 === alice.sha256);
  assert.deepEqual([row?.requests, row?.denials, row?.firstSeenAtMs], [1, 1, 1]);
});

test('names have an end, however long a certificate is', () => {
  const long = 'x'.repeat(20_000);
  const names = Array.from({ length: 5000 }, (_, index) => `${index}.example`);
  const hostile = likeAlice({
    sha256: 'f'.repeat(64),
    subjectDn: long,
    issuerDn: long,
    altNames: { ...alice.altNames, dns: names, uri: [long] },
  });
  const clients = createClientsSeen();
  clients.denied(hostile, sight(1), 'client-certificate-invalid', long);
  const text = JSON.stringify(clients.snapshot());
  assert.ok(text.length < 4000, `${text.length}`);
  assert.match(text, /… and 4984 more/);
});

test('what several processes saw is one row for each client', () => {
  const [one, other] = [createClientsSeen(), createClientsSeen()];
  one.requested(alice, sight(1));
  other.requested(alice, sight(7, '192.0.2.7'));
  other.denied(alice, sight(8, '192.0.2.8'), 'not-allowed', 'no');
  const { entries } = mergeClients(structuredClone([one.snapshot(), other.snapshot()]));
  assert.equal(entries.length, 1);
  const [row] = entries;
  assert.deepEqual(
    [row?.firstSeenAtMs, row?.lastSeenAtMs, row?.requests, row?.denials, row?.lastAddress, row?.lastDenial?.atMs],
    [1, 8, 2, 1, '192.0.2.8', 8],
  );
});
