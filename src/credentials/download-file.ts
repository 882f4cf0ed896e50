// Fetches one file by HTTP: a URL in, a file on disk out, or word that nothing has changed. For files that prove
// themselves by a signature: nothing of what comes back is believed here, only bounded in size, time and redirects.

import { createWriteStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';
import { parseDownloadUrl, printDownloadUrl } from './download-url.ts';

/** What a server calls the version of a file that it has sent (RFC 9110 section 8.8). */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface DownloadLimits {
  /** For all of it, from the first name lookup to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface DownloadRequest extends DownloadLimits {
  readonly url: URL;
  /** Must not exist yet. May be there, half written, after an error. */
  readonly file: string;
  /** Of the version that is here already; undefined: send the file in any case. */
  readonly validators: Validators | undefined;
  readonly signal: AbortSignal;
}

const maxRedirects = 3;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const silenceMs = 30_000;
const connectMs = 10_000;

/**
 * https is verified against the CAs that come with Node, whatever the environment says. A redirect may lead from http to
 * https, never back.
 *
 * @throws MutualError `crl-unavailable` that says why, without the URL that was asked for
 */
export async function downloadFile(wanted: DownloadRequest): Promise<Validators | 'unchanged'> {
  const deadline = AbortSignal.timeout(wanted.timeoutMs);
  const signal = AbortSignal.any([deadline, wanted.signal]);
  const agent = new Agent({
    // A connection for each request: the next one is hours away.
    pipelining: 0,
    connect: { timeout: connectMs, rejectUnauthorized: true },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    maxResponseSize: wanted.maxBytes,
  });
  try {
    const response = await follow(wanted, agent, signal);
    if (response.statusCode === 304 && wanted.validators !== undefined) return 'unchanged';
    checkHead(response, wanted.maxBytes);
    // On disk before it takes the place of another: a crash must not leave half a list behind.
    await pipeline(response.body, createWriteStream(wanted.file, { flags: 'wx', mode: 0o600, flush: true }), {
      signal,
    });
    return validatorsOf(response.headers);
  } catch (error) {
    if (error instanceof MutualError) throw error;
    const reason = deadline.aborted ? `it took longer than ${wanted.timeoutMs / 1000} s` : reasonOf(error, wanted);
    throw unavailable(reason, error);
  } finally {
    await agent.destroy();
  }
}

async function follow(wanted: DownloadRequest, agent: Agent, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  let url = wanted.url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await request(url, { dispatcher: agent, headers: headersOf(wanted), signal });
    if (!redirectStatuses.has(response.statusCode)) return response;
    // Its body stays unread; the connection goes with the agent.
    url = targetOf(response, url);
  }
  throw unavailable(`there are more than ${maxRedirects} redirects`);
}

function headersOf({ validators }: DownloadRequest): Record<string, string> {
  return {
    accept: 'application/pkix-crl, */*;q=0.5',
    'accept-encoding': 'identity',
    // What is in force no longer is not wanted from the store of a proxy either.
    ...(validators === undefined ? { 'cache-control': 'no-cache' } : {}),
    ...(validators?.etag === undefined ? {} : { 'if-none-match': validators.etag }),
    ...(validators?.lastModified === undefined ? {} : { 'if-modified-since': validators.lastModified }),
  };
}

function targetOf({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL {
  const location = single(headers.location);
  const to = location === undefined ? undefined : parseDownloadUrl(URL.parse(location, from.href)?.href ?? '');
  if (to === undefined) throw unavailable(`it answers with status ${statusCode} and no URL that can be followed`);
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw unavailable(`it redirects from https to ${printDownloadUrl(to)}`);
  }
  return to;
}

function checkHead({ statusCode, headers }: Dispatcher.ResponseData, maxBytes: number): void {
  if (statusCode !== 200) throw unavailable(`it answers with status ${statusCode}`);
  const coding = single(headers['content-encoding']) ?? 'identity';
  if (coding !== 'identity') throw unavailable(`it answers with a content coding, ${JSON.stringify(coding)}`);
  if (Number(single(headers['content-length']) ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/** Only those that can be sent back as they are. */
function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const [etag, lastModified] = [headers.etag, headers['last-modified']].map((value) => {
    return value !== undefined && /^[ -~]{1,200}$/.test(value) ? value : undefined;
  });
  return { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) };
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

function reasonOf(error: unknown, { maxBytes }: DownloadLimits): string {
  const code = systemCodeOf(error);
  switch (code) {
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return tooLarge(maxBytes).message;
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `no connection within ${connectMs / 1000} s`;
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return `nothing came for ${silenceMs / 1000} s`;
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return `the connection broke off (${messageOf(error)})`;
    default:
      // Where none of several addresses answers the error has a code and no message.
      return messageOf(error) === '' ? (code ?? 'the connection failed') : messageOf(error);
  }
}

const tooLarge = (maxBytes: number): MutualError => unavailable(`it is larger than ${maxBytes} bytes`);

function unavailable(reason: string, cause?: unknown): MutualError {
  return new MutualError('crl-unavailable', reason, { cause });
}
