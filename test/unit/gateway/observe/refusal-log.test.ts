import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pino, { type Logger } from 'pino';
import { type ErrorCode, errorKinds } from '../../../../src/errors.ts';
import type { ConnectionRefusal } from '../../../../src/gateway/accept/refusal.ts';
import { createRedaction } from '../../../../src/gateway/observe/redact.ts';
import {
  connectionRefusalFacts,
  exchangeRefusalFacts,
  logRefusal,
  refusalLevel,
} from '../../../../src/gateway/observe/refusal-log.ts';
import { verifyErrorOf } from '../../../../src/x509/verify-error.ts';
import {
  makeDenial,
  makeExchange,
  makeHead,
  makePermit,
  readCertificate,
  rejected,
  verified,
} from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const redaction = createRedaction();
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root CA' });
const notAfter = new Date('2026-12-24T15:00:00Z');
const certificate = readCertificate(
  makeCertificate(directory, { ca, name: 'client-a', subject: '/O=Company A/CN=client-a', serial: '0C', notAfter })
    .certificate,
);

/** A log and the lines in it. */
function memoryLog(level = 'trace'): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level, base: null, timestamp: false }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { log, lines };
}

const known = {
  subject: 'CN=client-a,O=Company A',
  issuer: 'CN=Root CA,O=Company A',
  serial: '0C',
  sha256: certificate.sha256,
  not_after: '2026-12-24T15:00:00.000Z',
};

test('a refused request is one line that says everything', () => {
  const { log, lines } = memoryLog();
  const decision = makeDenial({
    code: 'client-certificate-invalid',
    reason: 'certificate has expired',
    authentication: rejected('CERT_HAS_EXPIRED', certificate),
  });
  const exchange = makeExchange({ decision, head: makeHead([], { method: 'POST', target: '/a?b' }) });
  const facts = exchangeRefusalFacts(exchange);
  assert.ok(facts !== undefined);
  logRefusal(log, facts, redaction);
  assert.deepEqual(lines, [
    {
      level: 40,
      code: 'client-certificate-invalid',
      reason: 'certificate has expired',
      address: '192.0.2.10',
      port: 50_123,
      listener: '127.0.0.1:8443',
      sni: 'service1.company-b.example',
      host: 'service1.company-b.example',
      server: 'service1.company-b.example',
      route: '/',
      request_id: '0123456789abcdef0123456789abcdef',
      method: 'POST',
      target: '/a?b',
      certificate: known,
      verify_error: 'certificate has expired',
      advice: verifyErrorOf('CERT_HAS_EXPIRED').advice,
      msg: 'client refused: certificate has expired',
    },
  ]);
});

test('a refused connection is a line, too; what is not known is left out', () => {
  const { log, lines } = memoryLog();
  const refusal: ConnectionRefusal = {
    code: 'client-certificate-missing',
    reason: 'the client sent no certificate',
    client: { address: '192.0.2.10', port: 1 },
    listener: '127.0.0.1:8443',
    serverName: 'service1.company-b.example',
  };
  logRefusal(log, connectionRefusalFacts(refusal), redaction);
  logRefusal(
    log,
    connectionRefusalFacts({ ...refusal, certificate, verifyError: verifyErrorOf('CERT_REVOKED') }),
    redaction,
  );
  assert.deepEqual(lines[0], {
    level: 40,
    code: 'client-certificate-missing',
    reason: 'the client sent no certificate',
    address: '192.0.2.10',
    port: 1,
    listener: '127.0.0.1:8443',
    sni: 'service1.company-b.example',
    msg: 'client refused: the client sent no certificate',
  });
  assert.deepEqual(lines[1]?.certificate, known);
  assert.equal(lines[1]?.verify_error, 'certificate revoked');
});

test('a refusal by a rule names the rule', () => {
  const decision = makeDenial({ authentication: verified(certificate), rule: 'organization "Company A"' });
  assert.equal(exchangeRefusalFacts(makeExchange({ decision }))?.rule, 'organization "Company A"');
  assert.equal(exchangeRefusalFacts(makeExchange({ decision: makeDenial() }))?.rule, undefined);
});

test('a failure after the permit names the client, the rule that admitted it, and the upstream', () => {
  const { log, lines } = memoryLog();
  const permit = { ...makePermit({ authentication: verified(certificate) }), rule: 'organization: Company A' };
  const attempts = [{ upstream: 'service1', address: '127.0.0.1:3000', startedAtMs: 0, responseBytes: 0 }];
  const failure = { code: 'upstream-unreachable', reason: 'connect ECONNREFUSED 127.0.0.1:3000' } as const;
  const facts = exchangeRefusalFacts(makeExchange({ decision: permit, attempts, failure }));
  assert.ok(facts !== undefined);
  logRefusal(log, facts, redaction);
  const [line] = lines;
  assert.equal(line?.level, 50);
  assert.equal(line?.rule, 'organization: Company A');
  assert.equal(line?.upstream, '127.0.0.1:3000');
  assert.deepEqual(line?.certificate, known);
  assert.equal(line?.msg, 'upstream failed: connect ECONNREFUSED 127.0.0.1:3000');
});

test('an exchange in which nothing went wrong has nothing to say', () => {
  assert.equal(exchangeRefusalFacts(makeExchange({ decision: makePermit(), status: 200 })), undefined);
  assert.equal(exchangeRefusalFacts(makeExchange({ decision: makePermit(), status: 404 })), undefined);
});

test('every code has a level: refused identities warn, upstreams and faults of ours are errors', () => {
  for (const code of Object.keys(errorKinds) as ErrorCode[]) {
    assert.ok(['debug', 'info', 'warn', 'error'].includes(refusalLevel(code)), code);
  }
  assert.equal(refusalLevel('not-allowed'), 'warn');
  assert.equal(refusalLevel('request-invalid'), 'info');
  assert.equal(refusalLevel('client-closed'), 'debug');
  assert.equal(refusalLevel('upstream-timeout'), 'error');
  assert.equal(refusalLevel('internal'), 'error');
});

test('a level that is off costs no line', () => {
  const { log, lines } = memoryLog('error');
  const facts = exchangeRefusalFacts(makeExchange({ decision: makeDenial() }));
  assert.ok(facts !== undefined);
  logRefusal(log, facts, redaction);
  assert.deepEqual(lines, []);
});
