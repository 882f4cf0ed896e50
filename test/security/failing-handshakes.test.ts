// Attack: handshakes that fail, without end and in every way there is. The memory of the process must not grow by them, and
// each must be told with the address that it came from and the reason.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { makeTrust } from '../support/guarded-gateway.ts';
import { inParallel, leastGrowth, startMeasured, withoutProc } from '../support/measured-gateway.ts';
import { type AfterHook, makeCertificate } from '../support/openssl.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { attemptTls, type TlsAttempt, tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client, server } = trust;
const selfSigned = makeCertificate(directory, { name: 'self-signed' });
const expired = makeCertificate(directory, { ca, name: 'expired', notAfter: new Date(Date.now() - 1000) });

interface Failure {
  readonly code: string;
  readonly reason: RegExp;
  /** Resolves with the port of the client once the connection is closed. */
  fail(t: AfterHook, port: number): Promise<number>;
}

const invalid = (verifyError: RegExp, facts: Partial<TlsAttempt>): Failure[] =>
  tlsVersions.map((version) => ({
    code: 'client-certificate-invalid',
    reason: verifyError,
    fail: (t, port) => handshake(t, { port, ca: ca.certificate, version, ...facts }),
  }));

const failures: readonly Failure[] = [
  ...invalid(/self-signed/, { identity: selfSigned }),
  ...invalid(/has expired/, { identity: expired }),
  ...invalid(/unsuitable certificate purpose/, { identity: server }),
  ...tlsVersions.map((version) => ({
    code: 'client-certificate-missing',
    reason: /no certificate/,
    fail: (t: AfterHook, port: number) => handshake(t, { port, ca: ca.certificate, version }),
  })),
  { code: 'handshake-failed', reason: /\w/, fail: (_, port) => sendBytes(port, Buffer.alloc(100, 0x80)) },
  {
    code: 'handshake-failed',
    reason: /\w/,
    fail: (_, port) => sendBytes(port, Buffer.concat([Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]), Buffer.alloc(100)])),
  },
];

async function handshake(t: AfterHook, attempt: TlsAttempt): Promise<number> {
  const { status, clientPort } = await attemptTls(t, attempt);
  assert.equal(status, 0);
  return clientPort;
}

async function sendBytes(port: number, bytes: Buffer): Promise<number> {
  const socket = net.connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const { localPort = 0 } = socket;
  const closed = once(socket, 'close');
  socket.write(bytes);
  await closed;
  return localPort;
}

/** What 600 failed handshakes may leave behind. One TLS connection alone takes some 60 KB. */
const mostBytes = 4 * 1024 * 1024;

test('failing handshakes leave no memory behind, and a line of the log each', { skip: withoutProc }, async (t) => {
  const hook: AfterHook = { after: () => {} }; // thousands of clients that have closed already need no end
  const backend = await createRecordingBackend(t);
  const mutual = await startMeasured(t, trust, backend.url);
  const port = mutual.port();

  /** By port of the client what was tried there. */
  const tried = new Map<number, Failure>();
  const attack = (rounds: number): Promise<void> =>
    inParallel(
      10,
      Array.from({ length: rounds }, () => failures)
        .flat()
        .map((failure) => async () => tried.set(await failure.fail(hook, port), failure)),
    );
  await attack(30);
  const growth = await leastGrowth(mutual.pid, mostBytes, () => attack(60));
  assert.ok(growth < mostBytes, `600 failed handshakes left ${growth} bytes behind`);

  const linesOf = (): Map<number, { code: string; reason: string; address: string }> => {
    const lines = mutual.stderr.split('\n').slice(0, -1);
    return new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.port, line]));
  };
  const told = await mutual.untilFound(() => {
    const lines = linesOf();
    return [...tried.keys()].every((clientPort) => lines.has(clientPort)) ? lines : undefined;
  });
  for (const [clientPort, { code, reason }] of tried) {
    const line = told.get(clientPort);
    assert.equal(line?.code, code);
    assert.equal(line.address, '127.0.0.1');
    assert.match(line.reason, reason);
  }
  assert.equal(backend.received, '');
  const honest = await attemptTls(t, { port, ca: ca.certificate, identity: client });
  assert.equal(honest.status, 200);
});
