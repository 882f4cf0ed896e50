// The client side: plain HTTP in, mutual TLS out. What is shown to the other company, what is asked of it, and how the
// certificate that is shown can be changed while requests are under way.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createTlsBackend, startClientSide } from '../support/client-side.ts';
import { type CertificateFiles, makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../support/openssl.ts';
import { okResponse } from '../support/recording-backend.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost,IP:127.0.0.1', eku: 'serverAuth' });
const clientA = makeCertificate(directory, { ca, name: 'client-a', eku: 'clientAuth' });
const clientB = makeCertificate(directory, { ca, name: 'client-b', eku: 'clientAuth' });
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(directory, name), content, { mode: 0o600 });
  return join(directory, name);
};
const read = (path: string): string => readFileSync(path, 'utf8');
const password = file('password', 'correct horse\n');

function exportPkcs12(name: string, ...args: readonly string[]): string {
  const out = join(directory, name);
  const { certificate, key } = clientA;
  const shown = ['-in', certificate, '-inkey', key, '-certfile', ca.certificate];
  runOpenssl(['pkcs12', '-export', '-passout', 'pass:correct horse', '-out', out, ...shown, ...args]);
  return out;
}

function encryptKey(name: string, ...command: readonly string[]): string {
  const out = join(directory, name);
  runOpenssl([...command, '-in', clientA.key, '-out', out, '-passout', 'pass:correct horse']);
  return out;
}

describe('what is shown', () => {
  const { certificate, key } = clientA;
  const ways: Readonly<Record<string, object>> = {
    'certificate and key': { certificate, key },
    'one file with both': { certificate: file('bundle.pem', read(certificate) + read(key)) },
    'one file with both, key first': { certificate: file('bundle-2.pem', read(key) + read(certificate)) },
    'an encrypted key (PKCS#8)': {
      certificate,
      key: encryptKey('pkcs8.key', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc'),
      keyPasswordFile: password,
    },
    'an encrypted key (the older form)': {
      certificate,
      key: encryptKey('older.key', 'ec', '-aes128'),
      keyPasswordFile: password,
    },
    'PKCS#12': { pkcs12: exportPkcs12('client.p12'), pkcs12PasswordFile: password },
  };
  for (const [what, shown] of Object.entries(ways)) {
    test(what, async (t) => {
      const backend = await createTlsBackend(t, server);
      const { ask } = await startClientSide(t, directory, {
        service1: { servers: `https://localhost:${backend.port}`, tls: { ...shown, ca: ca.certificate } },
      });
      assert.deepEqual(await ask('service1'), { status: 200, body: 'ok' });
      assert.deepEqual(backend.shown, ['client-a']);
    });
  }

  test('nothing, where nothing is configured', async (t) => {
    const backend = await createTlsBackend(t, server);
    const { ask } = await startClientSide(t, directory, {
      service1: { servers: `https://localhost:${backend.port}`, tls: { ca: ca.certificate } },
    });
    assert.equal((await ask('service1')).status, 200);
    assert.deepEqual(backend.shown, ['']);
  });

  test('to each upstream its own, in one process', async (t) => {
    const backends = { a: await createTlsBackend(t, server), b: await createTlsBackend(t, server) };
    const upstream = (port: number, { certificate, key }: CertificateFiles): object => ({
      servers: `https://localhost:${port}`,
      tls: { certificate, key, ca: ca.certificate },
    });
    const { ask } = await startClientSide(t, directory, {
      a: upstream(backends.a.port, clientA),
      b: upstream(backends.b.port, clientB),
      // The same server again, with another certificate: connections must not be shared.
      'a-as-b': upstream(backends.a.port, clientB),
    });
    for (const name of ['a', 'b', 'a-as-b', 'a']) assert.equal((await ask(name)).status, 200);
    assert.deepEqual(backends.a.shown, ['client-a', 'client-b']);
    assert.deepEqual(backends.b.shown, ['client-b']);
    assert.deepEqual(
      backends.a.connections.map(({ received }) => received.match(/^GET \S+/gm)),
      [['GET /a/', 'GET /a/'], ['GET /a-as-b/']],
    );
  });
});

describe('what is asked for', () => {
  const cases: readonly (readonly [host: string, serverName: string | undefined, sni: string | undefined])[] = [
    ['localhost', undefined, 'localhost'],
    ['127.0.0.1', undefined, undefined],
    ['127.0.0.1', 'localhost', 'localhost'],
  ];
  for (const [host, serverName, sni] of cases) {
    test(`${host}${serverName === undefined ? '' : ` with serverName ${serverName}`}: ${sni ?? 'no name'}`, async (t) => {
      const backend = await createTlsBackend(t, server);
      const tls = { ca: ca.certificate, ...(serverName === undefined ? {} : { serverName }) };
      const { ask } = await startClientSide(t, directory, {
        service1: { servers: `https://${host}:${backend.port}`, tls },
      });
      assert.equal((await ask('service1')).status, 200);
      assert.deepEqual(backend.askedFor, [sni]);
    });
  }

  test('an address is verified as well: a certificate without it is refused', async (t) => {
    const named = makeCertificate(directory, { ca, name: 'named', san: 'DNS:localhost', eku: 'serverAuth' });
    const backend = await createTlsBackend(t, named);
    const { ask, gateway } = await startClientSide(t, directory, {
      service1: { servers: `https://127.0.0.1:${backend.port}`, tls: { ca: ca.certificate } },
    });
    assert.equal((await ask('service1')).status, 502);
    await gateway.lineWhere(({ msg }) => msg.includes('is for localhost and not for 127.0.0.1'));
    assert.equal(backend.heads.length, 0);
  });
});

describe('the certificate is replaced on disk', () => {
  /** As certbot and Kubernetes do it: a new file, renamed over the old one. */
  const replace = (name: string, from: string): void => {
    copyFileSync(from, join(directory, `${name}.new`));
    renameSync(join(directory, `${name}.new`), join(directory, name));
  };
  const start = async (t: Parameters<typeof createTlsBackend>[0] & Parameters<typeof startClientSide>[0]) => {
    replace('shown.crt', clientA.certificate);
    replace('shown.key', clientA.key);
    const held: (() => void)[] = [];
    const backend = await createTlsBackend(t, server, {
      respond: (head, socket) => {
        if (!head.startsWith('GET /service1/ ')) return okResponse;
        held.push(() => socket.write(okResponse));
        return undefined;
      },
    });
    const side = await startClientSide(t, directory, {
      service1: {
        servers: `https://localhost:${backend.port}`,
        tls: { certificate: 'shown.crt', key: 'shown.key', ca: ca.certificate },
      },
    });
    return { backend, held, ...side };
  };

  test('new requests show the new one, and a request in flight is not dropped', async (t) => {
    const { backend, held, ask, gateway } = await start(t);
    const slow = ask('service1');
    await backend.untilHeads(1);
    replace('shown.crt', clientB.certificate);
    replace('shown.key', clientB.key);
    await gateway.lineWhere(({ msg }) => msg === 'reloaded');
    const next = ask('service1');
    await backend.untilHeads(2);
    assert.deepEqual(backend.shown, ['client-a', 'client-b']);
    for (const answer of held) answer();
    assert.deepEqual([await slow, await next], Array(2).fill({ status: 200, body: 'ok' }));
  });

  test('by half: the old one stays until the other half is there, and the log says why', async (t) => {
    const { backend, held, ask, gateway } = await start(t);
    const once = async (): Promise<number> => {
      const answer = ask('service1');
      await backend.untilHeads(held.length + 1);
      held.at(-1)?.();
      return (await answer).status;
    };
    replace('shown.crt', clientB.certificate);
    assert.equal(await gateway.running.reload(), false);
    await gateway.lineWhere(({ msg }) =>
      /reload failed.*shown\.key does not belong to the client certificate/.test(msg),
    );
    assert.equal(await once(), 200);
    replace('shown.key', clientB.key);
    assert.equal(await gateway.running.reload(), true);
    assert.equal(await once(), 200);
    assert.deepEqual(backend.shown, ['client-a', 'client-b']);
  });
});
