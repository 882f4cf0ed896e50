// Attack: a client without a certificate gets a session where none is demanded, and resumes it where one is. Node has
// reported such a connection as authorized: TLS 1.3, no certificate on either side of the resumption.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type GuardedGateway, guard, makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { type AsyncAfterHook, startTestGateway } from '../support/test-gateway.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { ca, client, server, directory } = trust;

/** One block asks for certificates politely, on two addresses; the other demands them, on one of the two. */
async function startTwoBlocks(t: AsyncAfterHook, refuse: string): Promise<Omit<GuardedGateway, 'reconfigure'>> {
  const backend = await createRecordingBackend(t);
  const block = (name: string, verify: string, listen: readonly string[]): object => ({
    listen,
    names: [name],
    tls: { certificate: server.certificate, key: server.key, clients: { verify, refuse, ca: ca.certificate } },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const servers = [
    block('strict.test', 'required', ['127.0.0.1:0']),
    block('polite.test', 'optional', ['127.0.0.1:0', '127.0.0.2:0']),
  ];
  const document = JSON.stringify({ servers, log: { access: 'off' } });
  return guard(t, trust, await startTestGateway(t, mkdtempSync(join(directory, 'two-')), document), backend);
}

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    const isMissing = { code: 'client-certificate-missing', status: refuse === 'http' ? 400 : 0 } as const;

    test(`a session without a certificate opens no stricter server (${version}, refuse: ${refuse})`, async (t) => {
      const { gateway, served, refused } = await startTwoBlocks(t, refuse);
      const strict = { version, serverName: 'strict.test', host: 'strict.test' };
      const sameAddress = { version, serverName: 'polite.test', host: 'polite.test' };
      const otherAddress = { ...sameAddress, address: '127.0.0.2', port: gateway.port(1) };
      for (const polite of [sameAddress, otherAddress]) {
        const { session } = await served(polite);
        assert.ok(session);
        await refused({ ...strict, session }, isMissing);
        await refused({ ...strict, serverName: 'polite.test', session }, { code: 'misdirected-request', status: 421 });

        assert.ok((await served({ ...polite, session })).resumed);
        const honest = await served({ ...polite, identity: client });
        await served({ ...strict, identity: client, session: honest.session });
      }
    });

    test(`nor the same server once it demands one (${version}, refuse: ${refuse})`, async (t) => {
      const clients = { verify: 'optional', refuse };
      const { served, refused, reconfigure } = await startGuardedGateway(t, trust, { clients });
      const { session } = await served({ version });
      assert.ok(await reconfigure({ clients: { ...clients, verify: 'required' } }));
      await refused({ version, session }, isMissing);
      await served({ version, session, identity: client });
    });

    test(`a resumed client without a certificate is no verified one (${version}, refuse: ${refuse})`, async (t) => {
      const clients = { verify: 'optional', refuse };
      const { backend, served } = await startGuardedGateway(t, trust, { clients });
      const { session } = await served({ version });
      // It holds a certificate now, and does not get to show it.
      for (const identity of [undefined, client]) {
        assert.ok((await served({ version, session, identity })).resumed);
        assert.match(backend.heads.at(-1) ?? '', /^X-SSL-Client-Verify: NONE$/m);
        assert.doesNotMatch(backend.heads.at(-1) ?? '', /S-DN|Serial|Fingerprint|SUCCESS/);
      }
      await served({ version, identity: client });
      assert.match(backend.heads.at(-1) ?? '', /^X-SSL-Client-Verify: SUCCESS$/m);
    });

    test(`nor does a rule hold for it (${version}, refuse: ${refuse})`, async (t) => {
      const options = { clients: { verify: 'optional', refuse }, route: { allow: [{ commonName: '**' }] } };
      const { served, refused } = await startGuardedGateway(t, trust, options);
      const { outcome } = await refused({ version }, { code: 'not-allowed', status: 403 });
      assert.ok(outcome.session);
      const again = await refused({ version, session: outcome.session }, { code: 'not-allowed', status: 403 });
      assert.ok(again.outcome.resumed);
      await served({ version, identity: client });
    });
  }

  test(`a client that was answered 400 resumes, and is answered 400 (${version})`, async (t) => {
    const { served, refused } = await startGuardedGateway(t, trust, { clients: { refuse: 'http' } });
    const isMissing = { code: 'client-certificate-missing', status: 400 } as const;
    const { outcome } = await refused({ version }, isMissing);
    assert.ok(outcome.session);
    const again = await refused({ version, session: outcome.session }, isMissing);
    assert.ok(again.outcome.resumed);
    const honest = await served({ version, identity: client });
    assert.ok((await served({ version, identity: client, session: honest.session })).resumed);
  });
}
