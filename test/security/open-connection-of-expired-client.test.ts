// Attack: a client opens a connection while its certificate is in date and goes on using it long after.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { makeCertificate } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { tlsOptionsOf, tlsVersions } from '../support/tls-client.ts';

const hourMs = 3_600_000;
const trust = makeTrust({ after });
const shortLived = makeCertificate(trust.directory, {
  ca: trust.ca,
  name: 'short-lived',
  notAfter: new Date(Date.now() + hourMs),
});

for (const version of tlsVersions) {
  test(`no request is forwarded on a connection whose certificate has expired (${version})`, async (t) => {
    let nowMs = Date.now();
    const { gateway, backend } = await startGuardedGateway(t, trust, { now: () => nowMs });
    const connectAs = (identity: typeof shortLived): ReturnType<typeof connectRaw> =>
      connectRaw(t, { port: gateway.port() }, tlsOptionsOf({ port: 0, ca: trust.ca.certificate, identity, version }));
    const expiring = await connectAs(shortLived);
    const honest = await connectAs(trust.client);
    expiring.send('GET /before HTTP/1.1\r\nHost: localhost\r\n\r\n');
    honest.send('GET /honest-before HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.all([expiring.until('\r\n\r\nok'), honest.until('\r\n\r\nok')]);

    nowMs += 2 * hourMs;
    // The gateway may have closed the connection by itself: then there is nothing left to refuse.
    expiring.send('GET /after HTTP/1.1\r\nHost: localhost\r\n\r\nGET /after HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal(
      (await expiring.closed).split('HTTP/1.1 200').length,
      2,
      'only the first request was answered with 200',
    );
    honest.send('GET /honest-after HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await backend.untilReceived('/honest-after');
    assert.ok(!backend.received.includes('/after'), 'the request of the expired client was forwarded');
  });
}
