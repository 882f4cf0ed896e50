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

/** As many at a time as are counted; 100,000 take some minutes. */
const handshakes = Number(process.env.MUTUAL_FAILING_HANDSHAKES ?? 600);
/** What so many failed handshakes may leave behind. One TLS connection alone takes some 60 KB. */
const mostBytes = 4 * 1024 * 1024;

interface ToldLine {
  readonly code?: string;
  readonly port?: number;
  readonly address?: string;
  readonly reason?: string;
  /** In a line about several: how many had no line of their own. */
  readonly count?: number;
}

test('failing handshakes leave no memory behind, and each is told or counted', { skip: withoutProc }, async (t) => {
  const hook: AfterHook = { after: () => {} }; // thousands of clients that have closed already need no end
  const backend = await createRecordingBackend(t);
  const mutual = await startMeasured(t, trust, backend.url);
  const port = mutual.port();

  /** By port of the client all that was tried there: ports come back. */
  const tried = new Map<number, Failure[]>();
  const expected = new Map<string, number>();
  const attack = (rounds: number): Promise<void> =>
    inParallel(
      10,
      Array.from({ length: rounds }, () => failures)
        .flat()
        .map((failure) => async () => {
          const clientPort = await failure.fail(hook, port);
          tried.set(clientPort, [...(tried.get(clientPort) ?? []), failure]);
          expected.set(failure.code, (expected.get(failure.code) ?? 0) + 1);
        }),
    );
  await attack(30);
  const growth = await leastGrowth(mutual.pid, mostBytes, () => attack(Math.ceil(handshakes / failures.length)));
  assert.ok(growth < mostBytes, `${handshakes} failed handshakes left ${growth} bytes behind`);

  let read = 0;
  const told = new Map<string, number>();
  const readOn = (): void => {
    const end = mutual.stderr.lastIndexOf('\n') + 1;
    const lines = mutual.stderr.slice(read, end).split('\n').slice(0, -1);
    read = end;
    for (const text of lines) {
      const { code, port: clientPort, address, reason = '', count = 1 }: ToldLine = JSON.parse(text);
      if (code === undefined) continue;
      told.set(code, (told.get(code) ?? 0) + count);
      if (clientPort === undefined) continue;
      assert.equal(address, '127.0.0.1');
      const fits = tried.get(clientPort)?.some((failure) => failure.code === code && failure.reason.test(reason));
      assert.ok(fits, `not what was tried: ${text}`);
    }
  };
  await mutual.untilFound(() => {
    readOn();
    return [...expected].every(([code, count]) => told.get(code) === count) ? true : undefined;
  });
  assert.equal(backend.received, '');
  const honest = await attemptTls(t, { port, ca: ca.certificate, identity: client });
  assert.equal(honest.status, 200);
});
