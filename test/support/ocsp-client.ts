// An OCSP client with a clock that the test turns and a log that it reads, two certificates to ask about, and a responder.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { createOcspClient, type OcspClient, type OcspClientOptions } from '../../src/credentials/ocsp-client.ts';
import { type Certificate, parseCertificates } from '../../src/x509/certificate.ts';
import {
  byName,
  type ForgedAnswer,
  type ForgedResponse,
  forgeOcspResponse,
  revokedStatus,
} from './forge-ocsp-response.ts';
import { type OcspAnswer, type OcspServer, startOcspServer } from './ocsp-server.ts';
import { type CertificateFiles, makeCa, makeCertificate, temporaryDirectory } from './openssl.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export const minute = 60_000;
export const start = Date.parse('2026-05-01T12:00:00Z');
export const directory = temporaryDirectory({ after });
export const ca = makeCa(directory);
export const issuer = certificateOf(ca);
export const alice = certificateOf(makeCertificate(directory, { ca, name: 'alice' }));
export const bob = certificateOf(makeCertificate(directory, { ca, name: 'bob' }));

export function certificateOf(files: CertificateFiles): Certificate {
  const [found] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(found);
  return found;
}

/** What a sound responder says: for both of them, from `start` on and for half an hour. */
export function answerOf(answer: Partial<ForgedAnswer> = {}, response: Partial<ForgedResponse> = {}): Buffer {
  const dates = { thisUpdate: new Date(start), nextUpdate: new Date(start + 30 * minute) };
  const answers = [alice, bob].map((certificate) => ({ certificate, issuer, ...dates }));
  return forgeOcspResponse({
    answers: answers.map((one) => ({ ...one, ...answer })),
    key: ca.key,
    responderId: byName(issuer),
    producedAt: new Date(start),
    ...response,
  });
}

export const good = answerOf();
export const revoked = answerOf({ status: revokedStatus(new Date(start - minute)) });

export interface Fixture {
  readonly client: OcspClient;
  readonly log: string[];
  advance(ms: number): void;
}

export function setUp(t: AsyncAfterHook, options: Partial<OcspClientOptions> = {}): Fixture {
  let now = start;
  const log: string[] = [];
  const say =
    (level: string) =>
    (_: object, text: string): void => {
      log.push(`${level}: ${text}`);
    };
  const client = createOcspClient({
    now: () => now,
    log: { info: say('info'), warn: say('warn') },
    ...options,
  });
  t.after(() => client.close());
  return {
    client,
    log,
    advance: (ms) => {
      now += ms;
    },
  };
}

export async function setUpWith(
  t: AsyncAfterHook,
  answer: OcspAnswer,
  options: Partial<OcspClientOptions> = {},
): Promise<Fixture & { server: OcspServer }> {
  const server = await startOcspServer(t, answer);
  return { server, ...setUp(t, { responder: server.url, ...options }) };
}
