// Attack: a client that is known to one server block resumes its session with the name of another block, whose CA has
// never heard of it. What a session proves, it proves to the block it was made for.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type GuardedGateway, guard, makeTrust } from '../support/guarded-gateway.ts';
import { makeCa, makeCertificate } from '../support/openssl.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { type AsyncAfterHook, startTestGateway } from '../support/test-gateway.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client: alice, server } = trust;
const otherCa = makeCa(directory, 'other-ca');
const bob = makeCertificate(directory, { ca: otherCa, name: 'bob' });

/** Clients of one CA on a.test and aa.test, of another on b.test. */
async function startTwoBlocks(t: AsyncAfterHook, refuse: string): Promise<Omit<GuardedGateway, 'reconfigure'>> {
  const backend = await createRecordingBackend(t);
  const block = (names: readonly string[], anchors: string): object => ({
    listen: '127.0.0.1:0',
    names,
    tls: { certificate: server.certificate, key: server.key, clients: { refuse, ca: anchors } },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const servers = [block(['a.test', 'aa.test'], ca.certificate), block(['b.test'], otherCa.certificate)];
  const document = JSON.stringify({ servers, log: { access: 'off' } });
  return guard(t, trust, await startTestGateway(t, mkdtempSync(join(directory, 'two-')), document), backend);
}

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    test(`a session is taken up by the block that made it alone (${version}, refuse: ${refuse})`, async (t) => {
      const { served, refused } = await startTwoBlocks(t, refuse);
      const toA = { version, serverName: 'a.test', host: 'a.test' };
      const toB = { version, serverName: 'b.test', host: 'b.test' };
      const { session } = await served({ ...toA, identity: alice });
      const status = refuse === 'http' ? 400 : 0;

      const stranger = await refused(
        { ...toB, identity: alice, session },
        { code: 'client-certificate-invalid', verifyError: 'self-signed certificate in certificate chain', status },
      );
      assert.ok(!stranger.outcome.resumed);
      assert.equal(stranger.line.server, 'b.test');
      await refused({ ...toB, session }, { code: 'client-certificate-missing', status });

      assert.ok((await served({ ...toA, identity: alice, session })).resumed);
      const honest = await served({ ...toB, identity: bob, session });
      assert.ok(!honest.resumed);
      assert.ok((await served({ ...toB, identity: bob, session: honest.session })).resumed);
    });

    test(`another name of the same block is no other block (${version}, refuse: ${refuse})`, async (t) => {
      const { served } = await startTwoBlocks(t, refuse);
      const { session } = await served({ version, serverName: 'a.test', host: 'a.test', identity: alice });
      await served({ version, serverName: 'aa.test', host: 'aa.test', identity: alice, session });
    });
  }
}
