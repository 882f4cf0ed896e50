// What explain says of OCSP: that nobody was asked and who would be, or, when it is told to ask, what a real responder says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseConfig } from '../../src/config/load.ts';
import { askStanding } from '../../src/explain/ask-standing.ts';
import { type AdmissionAnswer, explainAdmission } from '../../src/explain/explain-admission.ts';
import { readClientFile } from '../../src/explain/read-client-file.ts';
import { rehearseGeneration } from '../../src/gateway/rehearse.ts';
import { makeTrust } from '../support/guarded-gateway.ts';
import { revoke, startOcspResponder, urlOf } from '../support/ocsp.ts';
import { type CertificateFiles, makeCertificate } from '../support/openssl.ts';

const trust = makeTrust({ after });
const { directory, ca, client } = trust;
const revoked = makeCertificate(directory, { ca, name: 'revoked', eku: 'clientAuth' });
revoke(ca, revoked);

async function explain(files: CertificateFiles, ocsp: unknown, asks: boolean): Promise<AdmissionAnswer> {
  const { certificate, key } = trust.server;
  const tls = { certificate, key, clients: { ca: ca.certificate, ocsp } };
  const server = { listen: '127.0.0.1:0', names: 'localhost', tls, routes: [{ path: '/', respond: {} }] };
  const config = parseConfig(JSON.stringify({ servers: [server] }), join(directory, 'mutual.yaml'));
  const now = new Date();
  const generation = rehearseGeneration(config, () => now.getTime());
  const chain = readClientFile(readFileSync(files.certificate), 'client.crt');
  const question = { generation, chain, host: 'localhost', path: '/', now };
  return explainAdmission({ ...question, standing: asks ? await askStanding(question) : undefined });
}

const stepOf = ({ steps }: AdmissionAnswer) => steps.find(({ name }) => name === 'ocsp');

test('without being told to it asks nobody, and says whom the gateway would ask', async () => {
  const answer = await explain(revoked, { responder: 'http://127.0.0.1:1/' }, false);
  assert.ok(answer.admitted);
  assert.equal(stepOf(answer)?.outcome, 'skipped');
  assert.match(stepOf(answer)?.text ?? '', /would ask http:\/\/127\.0\.0\.1:1\/; it was not asked/);
  assert.equal(stepOf(await explain(client, undefined, false)), undefined);
});

test('a certificate without a responder is refused, unless failure is soft', async () => {
  const hard = await explain(client, 'leaf', false);
  assert.ok(!hard.admitted);
  assert.match(stepOf(hard)?.text ?? '', /names no OCSP responder/);
  assert.ok((await explain(client, { fail: 'soft' }, false)).admitted);
});

test('told to ask, it says what the responder says', async (t) => {
  const responder = urlOf(await startOcspResponder(t, ca));
  const good = await explain(client, { responder }, true);
  assert.ok(good.admitted);
  assert.match(stepOf(good)?.text ?? '', /the certificate is good/);
  const bad = await explain(revoked, { responder }, true);
  assert.ok(!bad.admitted);
  assert.match(bad.text, /revoked/);
  const down = await explain(client, { responder: 'http://127.0.0.1:1/' }, true);
  assert.ok(!down.admitted);
  assert.match(stepOf(down)?.text ?? '', /ECONNREFUSED/);
  assert.ok((await explain(client, { responder: 'http://127.0.0.1:1/', fail: 'soft' }, true)).admitted);
});
