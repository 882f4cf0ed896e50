// Secrets in everything that passes through the gateway or stands in its configuration: none comes out again by the admin
// listener or the logs.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askAdmin, askUntil, reloadQuestion } from '../support/ask-admin.ts';
import { openEventStream } from '../support/event-stream.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../support/openssl.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { attemptTls } from '../support/tls-client.ts';

const hook = { after };
const directory = temporaryDirectory(hook);
const ca = makeCa(directory);
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });
const alice = makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice', eku: 'clientAuth' });
const mallory = makeCertificate(directory, { ca, name: 'mallory', subject: '/O=Company B/CN=mallory' });
const password = 'planted-password-1f9a';
writeFileSync(join(directory, 'word.txt'), `${password}\n`);
runOpenssl(['ec', '-in', server.key, '-out', join(directory, 'locked.key'), '-aes256', '-passout', `pass:${password}`]);

/** Every secret holds this, but for the keys. */
const planted = 'planted';
/** Arguments that no name gives away as secret: who sees the page is not told them either. A log goes by names. */
const unspoken = 'unspoken';
const keyLines = [server.key, alice.key, join(directory, 'locked.key')].flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.length > 40),
);

test('no planted secret comes out', async (t) => {
  const backend = await createRecordingBackend(t);
  const gateway = await startTestGateway(
    t,
    directory,
    `servers:
  - listen: 127.0.0.1:0
    tls: { certificate: server.crt, key: locked.key, keyPasswordFile: word.txt, clients: { ca: ca.crt } }
    routes:
      - exact: /fails
        upstream: http://127.0.0.1:1
      - path: /
        allow: [{ organization: Company A }]
        upstream: '${backend.url}'
        headers:
          Authorization: Bearer planted-upstream-token
          X-Backend-Secret: planted-backend-secret
          X-Shared: planted5a5a5a5a5a5a5a5a
      - exact: /cookie
        respond: { headers: { Set-Cookie: session=planted-cookie } }
admin: 127.0.0.1:0
log: { access: json }
`,
  );
  const events = await openEventStream(t, gateway.adminUrl);
  await events.until('hello');
  const headers = [
    'Authorization: Basic planted-authorization',
    'Proxy-Authorization: Basic planted-proxy',
    'Cookie: a=planted-cookie',
    'X-Api-Key: planted-api-key',
  ];
  for (const identity of [alice, mallory, undefined]) {
    for (const path of ['/a?token=planted-query', '/?unspoken', '/fails?password=planted', '/cookie', '/x%3fplain=1']) {
      const { port } = { port: gateway.port() };
      await attemptTls(t, { port, ca: ca.certificate, identity, serverName: 'localhost', path, headers });
    }
    const target = 'http://user:planted-userinfo@localhost/?a=unspoken';
    await attemptTls(t, { port: gateway.port(), ca: ca.certificate, identity, path: target, headers });
  }
  await events.until('refusal');
  writeFileSync(gateway.configFile, 'servers: planted-nonsense: [');
  const refused = await askAdmin(gateway.adminUrl, '/api/reload', reloadQuestion);
  await events.until('reload');
  const snapshot = await askUntil(
    () => askAdmin(gateway.adminUrl, '/api/snapshot'),
    ({ text }) => JSON.parse(text).refusals.entries.length >= 9,
  );
  await events.until('second', ({ requests }) => requests > 0);
  const outputs = {
    snapshot: snapshot.text,
    metrics: (await askAdmin(gateway.adminUrl, '/metrics')).text,
    readiness: (await askAdmin(gateway.adminUrl, '/readyz')).text,
    page: (await askAdmin(gateway.adminUrl, '/')).text,
    events: JSON.stringify(events.received),
    // The text of a file that is no YAML is quoted to whoever may reload it, and nowhere else.
    reload: refused.text.replaceAll('planted-nonsense', ''),
    log: JSON.stringify(gateway.lines).replaceAll('planted-nonsense', ''),
  };
  assert.match(outputs.events, /event|request/);
  assert.match(outputs.snapshot, /X-Backend-Secret/);
  for (const [name, text] of Object.entries(outputs)) {
    assert.ok(!text.includes(planted), `${name}: ${around(text, planted)}`);
    if (name !== 'log') assert.ok(!text.includes(unspoken), `${name}: ${around(text, unspoken)}`);
    for (const line of keyLines) assert.ok(!text.includes(line), name);
  }
});

function around(text: string, word: string): string {
  const at = text.indexOf(word);
  return text.slice(Math.max(0, at - 200), at + 100);
}
