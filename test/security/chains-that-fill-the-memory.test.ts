// Attack: a client sends dozens of certificates after its own, which nobody needs, with every handshake. Node does not free
// what it has told of them; so it must not be asked, neither for clients that are refused nor for those that are admitted.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeTrust } from '../support/guarded-gateway.ts';
import { inParallel, leastGrowth, startMeasured, withoutProc } from '../support/measured-gateway.ts';
import { type AfterHook, makeCertificate } from '../support/openssl.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { attemptTls, type TlsAttempt, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client, server } = trust;
const selfSigned = makeCertificate(directory, { name: 'self-signed' });
/** Some 25 KB on the wire, and ten times that in memory. */
const chain = Array.from({ length: 30 }, () => [ca.certificate, server.certificate]).flat();
/** What 80 handshakes may leave behind; with their chains it would be 25 MB. */
const mostBytes = 8 * 1024 * 1024;

const servers = [{}, { refuse: 'http' }];

for (const clients of servers) {
  const where = JSON.stringify(clients);
  test(`chains of junk leave no memory behind (clients: ${where})`, { skip: withoutProc }, async (t) => {
    const hook: AfterHook = { after: () => {} }; // clients that have closed already need no end
    const backend = await createRecordingBackend(t);
    const mutual = await startMeasured(t, trust, backend.url, clients);
    const attempt = async (facts: Partial<TlsAttempt>, status: number): Promise<void> => {
      const outcome = await attemptTls(hook, { port: mutual.port(), ca: ca.certificate, ...facts });
      assert.equal(outcome.status, status, outcome.error);
    };
    const refusal = clients.refuse === 'http' ? 400 : 0;
    for (const [identity, status] of [
      [selfSigned, refusal],
      [client, 200],
    ] as const) {
      const round = (handshakes: number): Promise<void> =>
        inParallel(
          5,
          Array.from({ length: handshakes }, (_, n) => {
            const version = tlsVersions[n % 2] as (typeof tlsVersions)[0];
            return () => attempt({ identity, chain, version }, status);
          }),
        );
      await round(40);
      const growth = await leastGrowth(mutual.pid, mostBytes, () => round(80));
      assert.ok(growth < mostBytes, `80 handshakes with status ${status} left ${growth} bytes behind`);
    }
    await attempt({ identity: client }, 200);
  });
}
