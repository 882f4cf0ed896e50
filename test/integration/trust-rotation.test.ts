// Everything that can be rotated is rotated, a hundred times, while clients keep asking: the server's certificate, the
// client CA (old and new side by side for a while) and the revocation list. Nobody who is admitted loses a request, and
// nothing of a revoked client is forwarded.

import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl } from '../support/openssl.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { tlsOptionsOf } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca } = trust;
const rotations = 100;

/** As programs that renew things do: a new file, and then the name. */
function replace(file: string, ...contents: readonly string[]): void {
  writeFileSync(`${file}.new`, contents.map((content) => readFileSync(content, 'latin1')).join('\n'));
  renameSync(`${file}.new`, file);
}

test('a hundred rotations under load lose no request and let nobody in', { timeout: 60_000 }, async (t) => {
  const newCa = makeCa(directory, 'new-ca');
  const newClient = makeCertificate(directory, { ca: newCa, name: 'new-client', eku: 'clientAuth' });
  const revoked = makeCertificate(directory, { ca, name: 'revoked', eku: 'clientAuth' });
  const otherServer = makeCertificate(directory, { ca, name: 'server-2', san: 'DNS:localhost', eku: 'serverAuth' });
  const lists = {
    clean: makeCrl(ca, { name: 'clean' }),
    since: makeCrl(ca, { name: 'since', revoked: [revoked.certificate], thisUpdate: new Date() }),
    ofNew: makeCrl(newCa, { name: 'of-new' }),
  };
  const file = (name: string): string => join(directory, name);
  const current = {
    ca: file('current.crt'),
    crl: file('current.crl'),
    cert: file('current-server.crt'),
    key: file('current-server.key'),
  };
  const serve = ({ certificate, key }: CertificateFiles): void => {
    replace(current.cert, certificate);
    replace(current.key, key);
  };
  replace(current.ca, ca.certificate);
  replace(current.crl, lists.clean);
  serve(trust.server);
  const { gateway, backend } = await startGuardedGateway(t, trust, {
    tls: { certificate: current.cert, key: current.key },
    clients: { ca: current.ca, crl: current.crl },
  });

  let rotating = true;
  const failures: string[] = [];
  let answered = 0;
  let wanted = { count: 0, reached: (): void => {} };
  const count = (): void => {
    answered += 1;
    if (answered >= wanted.count) wanted.reached();
  };
  const more = (requests: number): Promise<void> =>
    new Promise((resolve) => {
      wanted = { count: answered + requests, reached: resolve };
    });
  const connect = (identity: CertificateFiles): Promise<RawClient> =>
    connectRaw(t, { port: gateway.port() }, tlsOptionsOf({ port: 0, ca: ca.certificate, identity }));

  /** A client that keeps its connection for as long as it lasts. */
  async function keepAsking(identity: CertificateFiles): Promise<void> {
    const connection = await connect(identity);
    for (let times = 1; rotating; times += 1) {
      connection.send('GET /kept HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await connection.until('\r\n\r\nok', times);
      count();
    }
  }
  /** A client that comes anew for each request. */
  async function keepComing(identity: CertificateFiles): Promise<void> {
    while (rotating) {
      const connection = await connect(identity);
      connection.send('GET /new HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      assert.match(await connection.closed, /^HTTP\/1\.1 200 /);
      count();
    }
  }
  const clients = [keepAsking(trust.client), keepAsking(trust.client), keepComing(trust.client)].map((running) =>
    running.catch((error: unknown) => {
      failures.push(String(error));
      wanted.reached();
    }),
  );

  for (let rotation = 0; rotation < rotations; rotation += 1) {
    const even = rotation % 2 === 0;
    serve(even ? otherServer : trust.server);
    if (even) {
      // The list of the new CA comes first: as soon as there are lists, each CA needs one.
      replace(current.crl, lists.since, lists.ofNew);
      replace(current.ca, ca.certificate, newCa.certificate);
    } else {
      replace(current.ca, ca.certificate);
      replace(current.crl, lists.clean);
    }
    assert.ok(await gateway.running.reload(), 'a whole set of files is taken into use');
    await more(10);
    assert.deepEqual(failures, []);
    if (rotation % 10 !== 0) continue;

    // Even rotations: the revoked one is out, the clients of the new CA are in.
    const attacker = await connect(revoked);
    attacker.send('GET /revoked HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal(await attacker.closed.catch(() => ''), '');
    const newcomer = await connect(newClient);
    newcomer.send('GET /newcomer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    assert.match(await newcomer.closed, /^HTTP\/1\.1 200 /);
  }
  rotating = false;
  await Promise.all(clients);

  assert.deepEqual(failures, []);
  assert.ok(answered >= 10 * rotations, `${answered} requests were answered meanwhile`);
  assert.ok(!backend.received.includes('/revoked'), 'nothing of the revoked client was forwarded');
});
