// One question to an OCSP responder over plain HTTP (RFC 6960 appendix A): bytes out, bytes back. The answer is signed, so
// that HTTP is enough; for the same reason nothing of what comes back may be believed here. No redirects.

import { once } from 'node:events';
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';

export interface OcspExchangeOptions {
  readonly agent: Agent;
  readonly maxResponseBytes: number;
  /** Ends the exchange, with the reason for that. */
  readonly signal: AbortSignal;
}

const answerType = 'application/ocsp-response';

/**
 * @param body DER of an OCSPRequest
 * @returns what should be the DER of an OCSPResponse
 * @throws MutualError `ocsp-invalid`
 */
export async function postOcspRequest(url: URL, body: Buffer, options: OcspExchangeOptions): Promise<Buffer> {
  const { agent, maxResponseBytes, signal } = options;
  const headers = {
    'content-type': 'application/ocsp-request',
    'content-length': body.length,
    accept: answerType,
  };
  let outgoing: ClientRequest | undefined;
  try {
    signal.throwIfAborted();
    outgoing = request(url, { method: 'POST', agent, headers, signal, maxHeaderSize: 16_384 });
    // A response may be refused while the connection breaks: that error has no reader any more.
    outgoing.on('error', () => {});
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response', { signal })) as [IncomingMessage];
    checkHead(answer, maxResponseBytes);
    return await readBody(answer, maxResponseBytes);
  } catch (error) {
    const why = reasonOf(signal.aborted ? signal.reason : error);
    throw new MutualError('ocsp-invalid', `OCSP responder ${url.href}: ${why}`, { cause: error });
  } finally {
    outgoing?.destroy();
  }
}

/** A name with several addresses of which none answers: an error with a code and without a message. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return message === '' ? (systemCodeOf(error) ?? 'the connection failed') : message;
}

function checkHead({ statusCode, headers }: IncomingMessage, maxResponseBytes: number): void {
  if (statusCode !== 200) throw new Error(`it answers with status ${statusCode}`);
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== answerType) throw new Error(`it answers with ${JSON.stringify(type ?? 'no type')}, not ${answerType}`);
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') throw new Error('it answers with a content coding');
  if (Number(headers['content-length'] ?? 0) > maxResponseBytes) refuseSize(maxResponseBytes);
}

async function readBody(answer: IncomingMessage, maxResponseBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxResponseBytes) refuseSize(maxResponseBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuseSize(maxResponseBytes: number): never {
  throw new Error(`its answer is larger than ${maxResponseBytes} bytes`);
}
