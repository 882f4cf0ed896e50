// A real nginx and this gateway with `refuse: http`, asked the same by the same clients: the same certificates are let
// through, the same are answered 400, and both give the same verdict.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeCertificateKinds } from '../support/client-certificate-kinds.ts';
import { startGuardedGateway } from '../support/guarded-gateway.ts';
import { startNginx, withoutNginx } from '../support/nginx.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { attemptTls, tlsVersions } from '../support/tls-client.ts';

const { trust, crl, kinds } = makeCertificateKinds({ after });
const { directory, ca, server } = trust;

const directives = { required: 'on', optional: 'optional', none: 'off' } as const;
/** nginx takes all lists from one file. */
const allLists = join(directory, 'lists.crl');
writeFileSync(allLists, crl.map((file) => readFileSync(file, 'latin1')).join(''));

for (const [verify, lists] of [
  ['required', false],
  ['required', true],
  ['optional', false],
  ['optional', true],
  ['none', false],
] as const) {
  const directive = directives[verify];
  test(`ssl_verify_client ${directive} and verify: ${verify}, lists: ${lists}`, {
    skip: withoutNginx,
  }, async (t) => {
    const behindNginx = await createRecordingBackend(t);
    const nginx = await startNginx(
      t,
      directory,
      (port) => `server {
    listen 127.0.0.1:${port} ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate ${server.certificate}; ssl_certificate_key ${server.key};
    ssl_verify_client ${directive}; ssl_client_certificate ${ca.certificate};
    ${lists ? `ssl_crl ${allLists};` : ''}
    add_header X-Verdict $ssl_client_verify always;
    location / { proxy_set_header X-Verify $ssl_client_verify; proxy_pass ${behindNginx.url}; }
  }`,
    );
    const clients = {
      verify,
      refuse: 'http',
      ...(verify === 'none' ? { ca: undefined } : {}),
      ...(lists ? { crl } : {}),
    };
    const route = { headers: { 'X-Verify': '$ssl_client_verify' } };
    const ours = await startGuardedGateway(t, trust, { clients, route });

    for (const { what, shown } of kinds) {
      for (const version of tlsVersions) {
        const before = { theirs: behindNginx.heads.length, ours: ours.backend.heads.length };
        const theirs = await attemptTls(t, { ...shown, version, port: nginx.port, ca: ca.certificate });
        const outcome = await ours.attempt({ ...shown, version });
        const why = `${what} over ${version}: ${outcome.error ?? outcome.text}`;
        assert.ok(theirs.status === 200 || theirs.status === 400, `${what}: nginx answers ${theirs.status}`);
        assert.equal(outcome.status, theirs.status, why);

        const verdict = /^X-Verdict: (.*)\r$/m.exec(theirs.text)?.[1];
        if (outcome.status === 200) {
          const told = [behindNginx, ours.backend].map(
            ({ heads }) => /^X-Verify: (.*)$/m.exec(heads.at(-1) ?? '')?.[1],
          );
          assert.deepEqual(told, [verdict, verdict], why);
          continue;
        }
        const line = await ours.gateway.lineWhere(({ port }) => port === outcome.clientPort);
        assert.equal(line.verify_error === undefined ? 'NONE' : `FAILED:${line.verify_error}`, verdict, why);
        assert.ok(
          theirs.text.includes(
            verdict === 'NONE' ? 'No required SSL certificate was sent' : 'The SSL certificate error',
          ),
        );
        assert.deepEqual({ theirs: behindNginx.heads.length, ours: ours.backend.heads.length }, before, why);
      }
    }
  });
}
