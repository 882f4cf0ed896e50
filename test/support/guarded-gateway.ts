// A gateway that asks for client certificates, before a backend that records every byte: what most tests of the TLS
// side start from. Attacks and honest requests go through the same door and are told apart here, once.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/errors.ts';
import { type CaFiles, type CertificateFiles, makeCa, makeCertificate, temporaryDirectory } from './openssl.ts';
import { createRecordingBackend, type RecordingBackend } from './recording-backend.ts';
import { type AsyncAfterHook, type LogLine, startTestGateway, type TestGateway } from './test-gateway.ts';
import { attemptTls, type TlsAttempt, type TlsOutcome } from './tls-client.ts';

export interface Trust {
  readonly directory: string;
  readonly ca: CaFiles;
  /** Of the gateway, for localhost. */
  readonly server: CertificateFiles;
  /** Of the honest client: `CN=alice,O=Company A`. */
  readonly client: CertificateFiles;
}

/** A CA with one server and one client, in a directory that goes away after the test. */
export function makeTrust(t: AsyncAfterHook): Trust {
  const directory = temporaryDirectory(t);
  const ca = makeCa(directory);
  const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });
  const client = makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice', eku: 'clientAuth' });
  return { directory, ca, server, client };
}

export interface GuardedOptions {
  /** Keys of `tls.clients`, beside and above `{ verify: required, ca: <the CA> }`. */
  readonly clients?: Readonly<Record<string, unknown>>;
  /** Keys of `tls`, beside and above the certificate and key of the trust. */
  readonly tls?: Readonly<Record<string, unknown>>;
  /** Keys of the one route, beside and above `{ path: /, upstream: <the backend> }`. */
  readonly route?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, unknown>>;
  /** Keys of the one server. */
  readonly server?: Readonly<Record<string, unknown>>;
  /** Keys at the top of the configuration. */
  readonly top?: Readonly<Record<string, unknown>>;
  /** The clock of the gateway, in Unix milliseconds. The TLS library keeps its own. */
  readonly now?: () => number;
}

/** An attempt whose port and server CA are those of the gateway. */
export type GuardedAttempt = Omit<TlsAttempt, 'port' | 'ca'> & { readonly port?: number };

export interface Refusal {
  readonly outcome: TlsOutcome;
  /** What the program's log says of it. */
  readonly line: LogLine;
}

export interface ExpectedRefusal {
  readonly code: ErrorCode;
  /** The text of the verification error. */
  readonly verifyError?: string;
  /** Of the HTTP response; default 0: there must be none. */
  readonly status?: number;
}

export interface GuardedGateway {
  readonly gateway: TestGateway;
  readonly backend: RecordingBackend;
  attempt(attempt?: GuardedAttempt): Promise<TlsOutcome>;
  /** Fails unless the attempt is answered with 200 by the backend, which gets exactly one request more. */
  served(attempt?: GuardedAttempt): Promise<TlsOutcome>;
  /** Fails unless the attempt is refused as expected, the log says so, and the backend gets not one byte. */
  refused(attempt: GuardedAttempt, expected: ExpectedRefusal): Promise<Refusal>;
  /** Writes another configuration of the same shape and reloads. */
  reconfigure(options: GuardedOptions): Promise<boolean>;
}

export async function startGuardedGateway(
  t: AsyncAfterHook,
  trust: Trust,
  options: GuardedOptions = {},
): Promise<GuardedGateway> {
  const backend = await createRecordingBackend(t);
  const directory = mkdtempSync(join(trust.directory, 'gateway-'));
  const { now } = options;
  const document = guardedDocument(trust, backend.url, options);
  const gateway = await startTestGateway(t, directory, document, now === undefined ? {} : { now });
  return {
    ...guard(t, trust, gateway, backend),
    reconfigure: (next) => gateway.reconfigure(guardedDocument(trust, backend.url, next)),
  };
}

/** Attempts on a gateway that was started with a configuration of the test's own. */
export function guard(
  t: AsyncAfterHook,
  trust: Trust,
  gateway: TestGateway,
  backend: RecordingBackend,
): Omit<GuardedGateway, 'reconfigure'> {
  const attempt = ({ port = gateway.port(), ...rest }: GuardedAttempt = {}): Promise<TlsOutcome> =>
    attemptTls(t, { port, ca: trust.ca.certificate, ...rest });
  return {
    gateway,
    backend,
    attempt,
    async served(facts) {
      const before = backend.heads.length;
      const outcome = await attempt(facts);
      assert.equal(outcome.status, 200, `an honest client was not served: ${outcome.error ?? outcome.text}`);
      assert.equal(backend.heads.length, before + 1, 'the backend got other requests than this one');
      return outcome;
    },
    async refused(facts, { code, verifyError, status = 0 }) {
      const before = { bytes: backend.received.length, connections: backend.connections.length };
      const outcome = await attempt(facts);
      assert.equal(outcome.status, status, `${outcome.error} ${outcome.text}`);
      const line = await gateway.lineWhere((one) => one.port === outcome.clientPort && one.code !== undefined);
      assert.equal(line.code, code, JSON.stringify(line));
      assert.equal(line.verify_error, verifyError);
      assert.equal(line.address, facts.from ?? '127.0.0.1');
      assert.equal(typeof line.reason, 'string');
      const after = { bytes: backend.received.length, connections: backend.connections.length };
      assert.deepEqual(after, before, 'the backend heard of a client that was refused');
      return { outcome, line };
    },
  };
}

/** The configuration in YAML's JSON form. */
function guardedDocument(trust: Trust, upstream: string, options: GuardedOptions): string {
  const { clients, tls, route, limits, server, top } = options;
  return JSON.stringify({
    servers: [
      {
        listen: '127.0.0.1:0',
        ...server,
        tls: {
          certificate: trust.server.certificate,
          key: trust.server.key,
          clients: { verify: 'required', ca: trust.ca.certificate, ...clients },
          ...tls,
        },
        routes: [{ path: '/', upstream, ...route }],
      },
    ],
    ...(limits === undefined ? {} : { limits }),
    log: { level: 'debug', access: 'off' },
    ...top,
  });
}
