// Responders that answer nothing, nonsense, too much or too late: no check fails or hangs, and the next ones do not pay again.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { extension, octets } from '../../support/der-writer.ts';
import { failedResponse } from '../../support/forge-ocsp-response.ts';
import { alice, answerOf, bob, good, issuer, minute, setUpWith, start } from '../../support/ocsp-client.ts';
import type { OcspAnswer } from '../../support/ocsp-server.ts';
import { makeCa, temporaryDirectory } from '../../support/openssl.ts';

const strangerKey = makeCa(temporaryDirectory({ after })).key;
const type = { 'content-type': 'application/ocsp-response' };
/** Answers over HTTP that do not count, and what the reason says. */
const misbehaviour: Record<string, readonly [OcspAnswer, RegExp]> = {
  'a redirect': [(response) => response.writeHead(307, { location: '/elsewhere' }).end(), /status 307/],
  'a failure with a good answer': [(response) => response.writeHead(500, type).end(good), /status 500/],
  'a page': [(response) => response.end('<html>Log in to the network</html>'), /"no type", not application/],
  'another type': [(response) => response.writeHead(200, { 'content-type': 'text/html' }).end(good), /"text\/html"/],
  'a coding': [(response) => response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(good), /coding/],
  'garbage in HTTP': [(response) => response.socket?.end('garbage\r\n\r\n'), /Parse Error/],
  'a connection that ends': [(response) => response.destroy(), /socket hang up/],
  'a cut body': [
    (response) => {
      response.writeHead(200, { ...type, 'content-length': good.length }).write(good.subarray(0, 50));
      setImmediate(() => response.destroy());
    },
    /aborted/,
  ],
  'a length that is too large': [
    (response) => response.writeHead(200, { ...type, 'content-length': 5000 }).flushHeaders(),
    /larger than 4096 bytes/,
  ],
  'a body that is too large': [
    (response) => {
      response.writeHead(200, type);
      const more = (): boolean => response.destroyed || !response.write(Buffer.alloc(1000)) || more();
      response.on('drain', more);
      more();
    },
    /larger than 4096 bytes/,
  ],
  'huge headers': [
    (response) => response.writeHead(200, { ...type, 'x-padding': 'x'.repeat(20_000) }).end(good),
    /Header overflow/,
  ],
};

for (const [what, [answer, message]] of Object.entries(misbehaviour)) {
  test(`a responder that answers with ${what} is left alone for a second`, async (t) => {
    const { client, server, log, advance } = await setUpWith(t, answer, { maxResponseBytes: 4096 });
    const verdict = await client.check(alice, issuer);
    assert.equal(verdict.kind, 'unavailable');
    assert.match(verdict.reason, message);
    assert.ok(verdict.reason.startsWith(`OCSP responder ${server.url}: `));
    assert.equal(verdict.usableUntilMs, start + 1000);
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /^warn: OCSP responder .* not asked again before 2026-05-01T12:00:01/);
    // Neither the same certificate nor another one waits for it now.
    server.answer = good;
    assert.equal((await client.check(alice, issuer)).kind, 'unavailable');
    assert.equal(client.cached(bob, issuer)?.kind, 'unavailable');
    assert.equal(server.requests.length, 1);
    advance(1000);
    assert.equal((await client.check(alice, issuer)).kind, 'good');
    assert.match(log[1] ?? '', /^info: .*answers again/);
  });
}

const endless: Record<string, OcspAnswer> = {
  silence: () => {},
  'a head and then silence': (response) => response.writeHead(200, type).flushHeaders(),
  'a byte now and then': (response) => {
    response.writeHead(200, type);
    const timer = setInterval(() => response.write('0'), 10);
    response.on('close', () => clearInterval(timer));
  },
  'another protocol': (response) =>
    response.socket?.write('HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
};

for (const [what, answer] of Object.entries(endless)) {
  test(`a responder that answers with ${what} costs one timeout`, async (t) => {
    const { client, server } = await setUpWith(t, answer, { timeoutMs: 100 });
    const verdicts = await Promise.all([client.check(alice, issuer), client.check(bob, issuer)]);
    for (const { kind, reason } of verdicts)
      assert.match(`${kind}: ${reason}`, /^unavailable: .*no answer within 100 ms$/);
    const asked = server.requests.length;
    assert.equal((await client.check(alice, issuer)).kind, 'unavailable');
    assert.equal(client.cached(bob, issuer)?.kind, 'unavailable');
    assert.equal(server.requests.length, asked);
  });
}

const otherNonce = extension('1.3.6.1.5.5.7.48.1.2', octets(octets(Buffer.alloc(32))));
/** Well-formed HTTP with an answer that does not count. */
const unusable: Record<string, readonly [Buffer, RegExp]> = {
  nothing: [Buffer.alloc(0), /not a usable OCSP response/],
  garbage: [Buffer.from('garbage'), /not a usable OCSP response/],
  'half of it': [good.subarray(0, good.length / 2), /not a usable OCSP response/],
  'a failure': [failedResponse(3), /tryLater/],
  'what another asked for': [answerOf({}, { extensions: [otherNonce] }), /another nonce/],
  'an old answer': [answerOf({ nextUpdate: new Date(start - 10 * minute) }), /ends before it begins/],
  'a false signature': [answerOf({}, { key: strangerKey }), /signature is false/],
};

for (const [what, [answer, message]] of Object.entries(unusable)) {
  test(`${what} is no answer, and spares the same certificate for a while`, async (t) => {
    const { client, server, log, advance } = await setUpWith(t, answer);
    const verdict = await client.check(alice, issuer);
    assert.equal(verdict.kind, 'unavailable');
    assert.match(verdict.reason, message);
    assert.equal(log.length, 1);
    server.answer = good;
    assert.equal((await client.check(alice, issuer)).kind, 'unavailable');
    assert.equal(client.cached(alice, issuer)?.kind, 'unavailable');
    assert.equal(server.requests.length, 1);
    // The responder is there: others may ask.
    assert.equal((await client.check(bob, issuer)).kind, 'good');
    advance(1000);
    assert.equal((await client.check(alice, issuer)).kind, 'good');
  });
}

test('nonsense about a certificate spares it longer each time, until there is an answer', async (t) => {
  const { client, server, advance } = await setUpWith(t, failedResponse(2));
  const untilOf = async (): Promise<number> => {
    const { kind, usableUntilMs } = await client.check(alice, issuer);
    assert.equal(kind, 'unavailable');
    return usableUntilMs;
  };
  assert.equal(await untilOf(), start + 1000);
  advance(1000);
  assert.equal(await untilOf(), start + 3000);
  advance(2000);
  server.answer = good;
  assert.equal((await client.check(alice, issuer)).kind, 'good');
  advance(30 * minute);
  server.answer = failedResponse(2);
  assert.equal(await untilOf(), start + 3000 + 30 * minute + 1000);
});

test('a responder that stays dead is tried less and less, by one at a time', async (t) => {
  const { client, server, advance } = await setUpWith(t, (response) => response.destroy());
  let tried = 0;
  for (const pauseMs of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    const verdicts = await Promise.all([client.check(alice, issuer), client.check(bob, issuer)]);
    assert.ok(verdicts.every(({ kind }) => kind === 'unavailable'));
    // At first nobody knows; from then on the second waits for what the first finds.
    tried += tried === 0 ? 2 : 1;
    assert.equal(server.requests.length, tried);
    advance(pauseMs - 1);
    await client.check(bob, issuer);
    assert.equal(server.requests.length, tried);
    advance(1);
  }
  server.answer = good;
  assert.equal((await client.check(bob, issuer)).kind, 'good');
});

test('nothing listens', async (t) => {
  const { client, server } = await setUpWith(t, good);
  await server.close();
  const verdict = await client.check(alice, issuer);
  assert.equal(verdict.kind, 'unavailable');
  assert.match(verdict.reason, /ECONNREFUSED/);
  assert.equal(client.cached(bob, issuer)?.kind, 'unavailable');
});
