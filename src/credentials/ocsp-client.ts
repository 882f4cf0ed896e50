// Asks the OCSP responders of CAs whether certificates are revoked, and remembers what they said for as long as it counts.
// It answers with a verdict, never with an error, within one timeout; what a verdict means is decided elsewhere.

import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { verifyOcspResponse } from '../x509/ocsp.ts';
import { buildOcspRequest } from '../x509/ocsp-request.ts';
import { parseOcspResponse } from '../x509/ocsp-response.ts';
import { type OcspVerdict, verdictOf, withoutEndMs } from '../x509/ocsp-verdict.ts';
import { postOcspRequest } from './ocsp-exchange.ts';
import { requireResponderUrl, responderUrls } from './ocsp-responder-url.ts';
import { createPauses, type Pause } from './pauses.ts';
import { createRecent } from './recent.ts';

/** Where a responder that fails, and one that is back, are reported: a pino logger will do. */
export interface OcspLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export interface OcspClientOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly log?: OcspLog;
  /** For one certificate, all its responders together. Default 3 s. */
  readonly timeoutMs?: number;
  /** Default 64 KiB; real ones have 0.5 to 4. */
  readonly maxResponseBytes?: number;
  /** URL of the responder to ask, in place of those that certificates name. */
  readonly responder?: string | undefined;
  /** Certificates remembered; default 10,000. */
  readonly maxEntries?: number;
}

export interface OcspClient {
  /**
   * Never rejects.
   *
   * @param certificate one that was verified: its own URLs are asked
   * @param issuer the CA that signed it, and is trusted to say what it revoked
   */
  check(certificate: Certificate, issuer: Certificate): Promise<OcspVerdict>;
  /** The verdict that `check` would give without asking anybody; undefined if it would ask. */
  cached(certificate: Certificate, issuer: Certificate): OcspVerdict | undefined;
  /** Gives up what is under way: it ends as `unavailable`, and so does every check after this. */
  close(): void;
}

interface Question {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly key: string;
  readonly urls: readonly URL[];
}

const maxConnectionsPerResponder = 32;

/** @throws MutualError `config-invalid` if `responder` is no http URL */
export function createOcspClient(options: OcspClientOptions): OcspClient {
  const { now, log, timeoutMs = 3000, maxResponseBytes = 64 * 1024, responder, maxEntries = 10_000 } = options;
  const override = responder === undefined ? undefined : requireResponderUrl(responder);
  const agent = new Agent({ keepAlive: false, maxSockets: maxConnectionsPerResponder });
  const verdicts = createRecent<{ readonly verdict: OcspVerdict; readonly sinceMs: number }>(maxEntries);
  // A responder that cannot be reached is left alone by everybody, one that answers nonsense by that certificate.
  const responders = createPauses({ now, maxEntries: 1000 });
  const certificates = createPauses({ now, maxEntries });
  const underWay = new Map<string, Promise<OcspVerdict>>();
  const stops = new Set<AbortController>();
  let closed = false;

  const keyOf = (certificate: Certificate, issuer: Certificate): string => `${issuer.sha256} ${certificate.sha256}`;
  const urlsFor = (certificate: Certificate): readonly URL[] =>
    override === undefined ? responderUrls(certificate) : [override];

  function atHand(key: string, certificate: Certificate): OcspVerdict | undefined {
    if (closed) return unavailable('the gateway is about to stop', now());
    const known = verdicts.get(key);
    // A clock that was set back must not make an answer last longer.
    if (known !== undefined && now() >= known.sinceMs && now() < known.verdict.usableUntilMs) return known.verdict;
    const urls = urlsFor(certificate);
    if (urls.length === 0) return unavailable('the certificate names no http responder', now() + withoutEndMs);
    const pause = certificates.pauseOf(key) ?? pauseOfAll(urls);
    return pause === undefined ? undefined : unavailable(pause.reason, pause.untilMs);
  }

  /** The first pause to end, if every responder is in one. */
  function pauseOfAll(urls: readonly URL[]): Pause | undefined {
    const pauses = urls.map(({ href }) => responders.pauseOf(href));
    if (pauses.includes(undefined)) return undefined;
    return pauses.toSorted((a, b) => (a?.untilMs ?? 0) - (b?.untilMs ?? 0))[0];
  }

  async function ask(question: Question): Promise<OcspVerdict> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    stops.add(stop);
    const attempt = certificates.begin(question.key, timeoutMs);
    const reasons: string[] = [];
    let answered = false;
    try {
      for (const url of question.urls) {
        const response = await fetchFrom(url, question, stop.signal, reasons);
        if (response === undefined) continue;
        answered = true;
        const verdict = judge(url, question, response.der, response.nonce, reasons);
        if (verdict === undefined) continue;
        attempt.succeeded();
        return verdict;
      }
    } finally {
      clearTimeout(timer);
      stops.delete(stop);
    }
    const reason = reasons.join('; ');
    const pause = answered ? attempt.failed(reason) : pauseOfAll(question.urls);
    return unavailable(reason, pause?.untilMs ?? now());
  }

  async function fetchFrom(
    url: URL,
    { certificate, issuer }: Question,
    signal: AbortSignal,
    reasons: string[],
  ): Promise<{ der: Buffer; nonce: Buffer } | undefined> {
    const pause = signal.aborted ? undefined : responders.pauseOf(url.href);
    if (signal.aborted || pause !== undefined) {
      reasons.push(pause?.reason ?? `OCSP responder ${url.href}: not asked, for want of time`);
      return undefined;
    }
    const attempt = responders.begin(url.href, timeoutMs);
    try {
      const nonce = randomBytes(32);
      const request = buildOcspRequest({ certificate, issuer, nonce });
      const der = await postOcspRequest(url, request, { agent, maxResponseBytes, signal });
      if (attempt.succeeded()) log?.info({ responder: url.href }, 'the OCSP responder answers again');
      return { der, nonce };
    } catch (error) {
      const reason = messageOf(error);
      reasons.push(reason);
      const until = closed ? undefined : attempt.failed(reason)?.untilMs;
      if (until !== undefined) {
        const fields = { code: 'ocsp-invalid', responder: url.href };
        log?.warn(fields, `${reason}; it is not asked again before ${new Date(until).toISOString()}`);
      }
      return undefined;
    }
  }

  function judge(
    url: URL,
    { certificate, issuer, key }: Question,
    der: Buffer,
    nonce: Buffer,
    reasons: string[],
  ): OcspVerdict | undefined {
    try {
      const status = verifyOcspResponse(parseOcspResponse(der), { certificate, issuer, nonce, nowMs: now() });
      const verdict = verdictOf(status, `OCSP responder ${url.href}`, now());
      verdicts.set(key, { verdict, sinceMs: now() });
      return verdict;
    } catch (error) {
      const reason = `OCSP responder ${url.href}: ${messageOf(error)}`;
      reasons.push(reason);
      const { subjectDn, serialNumber } = certificate;
      log?.warn({ code: 'ocsp-invalid', responder: url.href, subject: subjectDn, serial: serialNumber }, reason);
      return undefined;
    }
  }

  return {
    async check(certificate, issuer) {
      const key = keyOf(certificate, issuer);
      const known = underWay.get(key) ?? atHand(key, certificate);
      if (known !== undefined) return known;
      const asked = ask({ certificate, issuer, key, urls: urlsFor(certificate) });
      underWay.set(key, asked);
      return asked.finally(() => underWay.delete(key));
    },
    cached: (certificate, issuer) => atHand(keyOf(certificate, issuer), certificate),
    close() {
      closed = true;
      for (const stop of stops) stop.abort(new Error('the gateway is about to stop'));
      agent.destroy();
    },
  };
}

function unavailable(reason: string, usableUntilMs: number): OcspVerdict {
  return { kind: 'unavailable', reason, usableUntilMs };
}
