// Which server a host belongs to, and whose certificates that one takes: `explain` and the running gateway agree there, too,
// where several servers share an address, where the host is nobody's, and where no TLS is spoken.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { explainAdmission } from '../../src/explain/explain-admission.ts';
import { readClientFile } from '../../src/explain/read-client-file.ts';
import { rehearseGeneration } from '../../src/gateway/rehearse.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../support/openssl.ts';
import { showCertificate, shownFile } from '../support/show-certificate.ts';
import { startTestGateway } from '../support/test-gateway.ts';

const directory = temporaryDirectory({ after });
const caA = makeCa(directory, 'ca-a');
const caB = makeCa(directory, 'ca-b');
const server = makeCertificate(directory, { ca: caA, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });
const clients = {
  a: { identity: makeCertificate(directory, { ca: caA, name: 'client-a', eku: 'clientAuth' }) },
  b: { identity: makeCertificate(directory, { ca: caB, name: 'client-b', eku: 'clientAuth' }) },
};
const hosts = ['a.example', 'A.Example:443', 'x.b.example', 'b.example', 'open.example', 'nobody.example', '127.0.0.1'];

const tls = (clientKeys: object): object => ({ certificate: server.certificate, key: server.key, clients: clientKeys });
const respond = (body: string): object[] => [{ path: '/', respond: { body } }];
const named = [
  { names: 'open.example', tls: tls({ verify: 'none' }), routes: respond('open') },
  { names: 'a.example', tls: tls({ ca: caA.certificate, refuse: 'http' }), routes: respond('a') },
  { names: '*.b.example', tls: tls({ ca: caB.certificate }), routes: respond('b') },
];
const rest = { tls: tls({ verify: 'optional', ca: caB.certificate, refuse: 'http' }), routes: respond('rest') };

const configurations: Readonly<Record<string, readonly object[]>> = {
  'three servers with names': named,
  'and one for the rest': [...named, rest],
  'two that demand certificates': named.slice(1),
  'one without names': [{ ...rest, tls: tls({ ca: caA.certificate }) }],
};

for (const [what, servers] of Object.entries(configurations)) {
  test(what, async (t) => {
    const document = { servers: servers.map((one) => ({ listen: '127.0.0.1:0', ...one })), log: { access: 'off' } };
    const gateway = await startTestGateway(t, directory, JSON.stringify(document));
    const generation = rehearseGeneration(loadConfig(gateway.configFile), () => Date.now());
    for (const [name, client] of Object.entries(clients)) {
      const chain = readClientFile(shownFile(client), name);
      for (const host of hosts) {
        const answer = explainAdmission({ generation, chain, host, path: '/', now: new Date() });
        const bare = host.replace(/:\d+$/, '');
        const outcome = await showCertificate({ port: gateway.port(), ...client, host: bare, path: '/' });
        const context = `${name} to ${host}: explain says "${answer.text}", the gateway ${outcome.status}`;
        assert.equal(outcome.status, answer.admitted ? 200 : (answer.refusal?.status ?? 0), context);
        if (answer.admitted) continue;
        const line = await gateway.lineWhere((one) => one.port === outcome.clientPort && one.code !== undefined);
        assert.equal(line.code, answer.refusal?.code, context);
        assert.ok(answer.advice !== undefined, context);
      }
    }
  });
}

test('a plain listener beside one with TLS', async (t) => {
  const document = {
    servers: [
      { listen: '127.0.0.1:0', names: 'inside.example', routes: [{ path: '/x', respond: { body: 'ok' } }] },
      { listen: '[::1]:0', names: 'a.example', tls: tls({ ca: caA.certificate }), routes: respond('a') },
    ],
    log: { access: 'off' },
  };
  const gateway = await startTestGateway(t, directory, JSON.stringify(document));
  const generation = rehearseGeneration(loadConfig(gateway.configFile), () => Date.now());
  const chain = readClientFile(shownFile(clients.b), 'b');
  for (const [path, status] of [
    ['/x', 200],
    ['/y', 404],
  ] as const) {
    const answer = explainAdmission({ generation, chain, host: 'inside.example', path, now: new Date() });
    const asked = { port: gateway.port(0), ...clients.b, host: 'inside.example', path, version: 'plain' } as const;
    assert.equal((await showCertificate(asked)).status, status);
    assert.equal(answer.admitted, status === 200);
    assert.equal(answer.refusal?.status, status === 200 ? undefined : status);
    assert.equal(answer.url, `http://inside.example${path}`);
    assert.equal(answer.identified, false);
  }
  const elsewhere = explainAdmission({ generation, chain, host: 'a.example', path: '/', now: new Date() });
  assert.equal(elsewhere.url, 'https://a.example/');
  assert.equal(elsewhere.refusal?.code, 'client-certificate-invalid');
});
