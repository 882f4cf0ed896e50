// Several servers on one address, told apart by the name of the handshake: each has a certificate, CAs and a verify mode
// of its own, and a client of one is nobody to the others.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, type TestContext, test } from 'node:test';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { lastHead, parseResponse } from '../../support/http-messages.ts';
import { type CaFiles, makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { startTestGateway, type TestGateway } from '../../support/test-gateway.ts';

const directory = temporaryDirectory({ after });
/** Options of a client of each CA, and of one that shows nothing. */
const clients: Record<'a' | 'b' | 'nobody', ConnectionOptions> = { a: {}, b: {}, nobody: {} };

before(() => {
  const authorities: Record<string, CaFiles> = {};
  for (const name of ['web', 'a', 'b']) authorities[name] = makeCa(directory, name);
  const { web, a, b } = authorities as Record<'web' | 'a' | 'b', CaFiles>;
  for (const name of ['a.test', 'b.test', 'open.test', 'other.test']) {
    makeCertificate(directory, { ca: web, name, san: `DNS:${name},DNS:*.${name}` });
  }
  const trusted = { ca: readFileSync(web.certificate), checkServerIdentity: () => undefined };
  clients.nobody = trusted;
  for (const [name, ca] of [
    ['a', a],
    ['b', b],
  ] as const) {
    const { certificate, key } = makeCertificate(directory, { ca, name: `client-${name}` });
    clients[name] = { ...trusted, cert: readFileSync(certificate), key: readFileSync(key) };
  }
});

/** One address: CA A, CA B optional, no certificates asked for; perhaps one without a name. */
function start(t: TestContext, withDefault = false): Promise<TestGateway> {
  const server = (name: string, clientsOf: object | undefined, names?: string[]) => ({
    listen: '127.0.0.1:0',
    ...(names === undefined ? {} : { names }),
    tls: { certificate: `${name}.crt`, key: `${name}.key`, ...(clientsOf && { clients: clientsOf }) },
    routes: [{ path: '/', respond: { body: `${name} $ssl_client_verify $ssl_client_s_dn` } }],
  });
  const servers = [
    server('open.test', undefined, ['open.test']),
    server('b.test', { verify: 'optional', ca: 'b.crt' }, ['b.test']),
    server('a.test', { ca: 'a.crt' }, ['a.test', '*.a.test']),
    ...(withDefault ? [server('other.test', { ca: 'b.crt' })] : []),
  ];
  return startTestGateway(t, directory, JSON.stringify({ servers, log: { access: 'off' } }));
}

/** What a client is answered, and the name in the certificate it was shown; `refused` where it gets no answer. */
async function ask(t: TestContext, gateway: TestGateway, name: string | undefined, who: keyof typeof clients) {
  const options = { ...clients[who], ...(name === undefined ? {} : { servername: name }) };
  const client = await connectRaw(t, { port: gateway.port() }, options);
  const shown = (client.socket as TLSSocket).getPeerX509Certificate()?.subject;
  client.send(lastHead('GET /').replace('Host: localhost', `Host: ${name ?? 'a.test'}`));
  const text = await client.closed;
  return { shown, answer: text === '' ? 'refused' : `${parseResponse(text).status} ${parseResponse(text).body}` };
}

test('each name has its certificate, its CA and its verify mode', async (t) => {
  const gateway = await start(t);
  const expected = [
    ['a.test', 'a', 'CN=a.test', '200 a.test SUCCESS CN=client-a'],
    ['x.a.test', 'a', 'CN=a.test', '200 a.test SUCCESS CN=client-a'],
    ['a.test', 'b', 'CN=a.test', 'refused'],
    ['a.test', 'nobody', 'CN=a.test', 'refused'],
    ['b.test', 'b', 'CN=b.test', '200 b.test SUCCESS CN=client-b'],
    ['b.test', 'a', 'CN=b.test', 'refused'],
    ['b.test', 'nobody', 'CN=b.test', '200 b.test NONE '],
    ['open.test', 'nobody', 'CN=open.test', '200 open.test NONE '],
    ['open.test', 'a', 'CN=open.test', '200 open.test NONE '],
  ] as const;
  for (const [name, who, shown, answer] of expected) {
    assert.deepEqual(await ask(t, gateway, name, who), { shown, answer }, `${who} at ${name}`);
  }
});

for (const [what, name] of [
  ['no name', undefined],
  ['a name of nobody', 'elsewhere.test'],
] as const) {
  test(`${what} leads to the server without a name`, async (t) => {
    const gateway = await start(t, true);
    const { shown } = await ask(t, gateway, name, 'b');
    assert.equal(shown, 'CN=other.test');
    assert.equal((await ask(t, gateway, name, 'a')).answer, 'refused');
    if (name !== undefined) {
      assert.equal((await ask(t, gateway, name, 'b')).answer, '200 other.test SUCCESS CN=client-b');
    }
  });

  test(`${what} leads to the strictest server where all have names`, async (t) => {
    const gateway = await start(t);
    assert.equal((await ask(t, gateway, name, 'nobody')).answer, 'refused');
    assert.equal((await ask(t, gateway, name, 'b')).answer, 'refused');
    assert.equal((await ask(t, gateway, name, 'a')).shown, 'CN=a.test');
  });
}
