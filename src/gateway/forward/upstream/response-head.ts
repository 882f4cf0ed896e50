// What is asked of the head of a response before it is passed on, beyond what Node's parser asks: what is wrong with it,
// in words that follow the name of the server.

import type { IncomingMessage } from 'node:http';

type Head = Pick<IncomingMessage, 'statusCode' | 'headers'> & Partial<Pick<IncomingMessage, 'httpVersion'>>;

/** @returns what is wrong, or undefined */
export function responseFault({ statusCode = 0, headers, httpVersion = '1.1' }: Head): string | undefined {
  // Node's parser takes the text HTTP/2.0 for a version like any other.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return `answers in HTTP/${httpVersion}`;
  const fault = statusFault(statusCode);
  if (fault !== undefined) return fault;
  // Any other coding would be taken off by nobody, and its name stays behind with the connection's own headers.
  const { 'transfer-encoding': coding = 'chunked' } = headers;
  if (coding.toLowerCase() === 'chunked') return undefined;
  return `answers with the transfer coding ${coding}, which nobody asked for`;
}

/** @returns what is wrong with the status of a final response, or undefined */
export function statusFault(status: number): string | undefined {
  return status < 200 || status > 599 ? `answers with the status ${status}` : undefined;
}

/**
 * A server may switch to a protocol that was offered, and to no other (RFC 9110 section 7.8).
 *
 * @param offered the request's Upgrade field, if it had one
 * @returns what is wrong, or undefined
 */
export function switchFault(
  { headers: { upgrade } }: Pick<Head, 'headers'>,
  offered: string | undefined,
): string | undefined {
  if (upgrade === undefined) return 'switches protocols and does not say to which';
  const known = new Set(protocolsOf(offered ?? ''));
  if (offered !== undefined && protocolsOf(upgrade).every((protocol) => known.has(protocol))) return undefined;
  return `switches to ${upgrade}, which nobody asked for`;
}

function protocolsOf(list: string): string[] {
  return list.split(',').map((protocol) => protocol.trim().toLowerCase());
}

/** `Keep-Alive: timeout=5`, as how long the connection may stay unused: a second less, to be gone before the server. */
export function keepAliveHintMs(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /(?:^|[,;\s])timeout=(\d{1,6})(?!\d)/i.exec(value);
  return match === null ? undefined : Math.max(0, Number(match[1]) * 1000 - 1000);
}
