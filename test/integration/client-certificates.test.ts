// Which client is admitted with which certificate, what it sees where it is not, and what the log says: every kind of
// certificate on every kind of server, over both versions of TLS.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCertificateKinds } from '../support/client-certificate-kinds.ts';
import { startGuardedGateway } from '../support/guarded-gateway.ts';
import { tlsVersions } from '../support/tls-client.ts';

const { trust, crl, kinds } = makeCertificateKinds({ after });
const route = { headers: { 'X-Verify': '$ssl_client_verify' } };

/** What a client without a certificate is told by TLS itself. */
const missingAlerts = {
  'TLSv1.2': 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  'TLSv1.3': 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
};
const publicTexts = {
  'client-certificate-missing': 'No required SSL certificate was sent',
  'client-certificate-invalid': 'The SSL certificate error',
};

const servers = ['handshake', 'http'].flatMap((refuse) => [
  ...['required', 'optional'].flatMap((verify) => [
    { refuse, verify, lists: false },
    { refuse, verify, lists: true },
  ]),
  { refuse, verify: 'none', lists: false },
]);

for (const { refuse, verify, lists } of servers) {
  test(`verify: ${verify}, refuse: ${refuse}, ${lists ? 'with' : 'without'} revocation lists`, async (t) => {
    const clients = { verify, refuse, ...(verify === 'none' ? { ca: undefined } : {}), ...(lists ? { crl } : {}) };
    const { backend, served, refused } = await startGuardedGateway(t, trust, { clients, route });
    for (const { what, shown, verdict: plain, verdictWithLists } of kinds) {
      const verdict = lists ? verdictWithLists : plain;
      for (const version of tlsVersions) {
        const admitted = verify === 'none' || verdict === 'SUCCESS' || (verdict === 'NONE' && verify === 'optional');
        if (admitted) {
          await served({ ...shown, version });
          const told = /^X-Verify: (.*)$/m.exec(backend.heads.at(-1) ?? '')?.[1];
          assert.equal(told, verify === 'none' ? 'NONE' : verdict, what);
          continue;
        }
        const code = verdict === 'NONE' ? 'client-certificate-missing' : 'client-certificate-invalid';
        const verifyError = verdict === 'NONE' ? {} : { verifyError: verdict.replace('FAILED:', '') };
        if (refuse === 'http') {
          const { outcome } = await refused({ ...shown, version }, { code, ...verifyError, status: 400 });
          const problem = JSON.parse(outcome.text.slice(outcome.text.indexOf('\r\n\r\n')));
          assert.equal(problem.code, code, what);
          assert.equal(problem.detail, publicTexts[code]);
          assert.match(outcome.text, /^connection: close\r$/im);
          assert.doesNotMatch(outcome.text, /CN=|expired|revoked|127\.0\.0\.1/, 'a stranger is told nothing more');
          continue;
        }
        // A client that says nothing sees the alert, which a reset would take from one that has sent a request.
        const { outcome } = await refused({ ...shown, version, speaks: false }, { code, ...verifyError });
        assert.equal(outcome.text, '', what);
        if (verdict === 'NONE') assert.equal(outcome.error, missingAlerts[version]);
        else assert.ok([undefined, 'ECONNRESET'].includes(outcome.error), `${what}: ${outcome.error}`);
      }
    }
  });
}
