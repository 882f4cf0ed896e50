// What can be told of a request that no parser understands: bytes in, a request head out that holds no more than its
// first line. For logs alone.

import type { RequestHead } from './request-head.ts';

/** Of a line; what is longer tells nobody more. */
const mostCharacters = 1024;

/**
 * @param bytes those that came last, as Node hands them over with the error; undefined: none
 * @param at where in them the parser gave up
 * @param first whether they are all that the connection has brought so far
 */
export function malformedHead(bytes: Buffer | undefined, at: number, first: boolean): RequestHead {
  const line = lineOf(bytes?.toString('latin1') ?? '', at, first);
  const [, method = '', target = '', httpVersion = ''] = /^([!-~]+) ([^ ]+) HTTP\/(\d\.\d)$/.exec(line) ?? [];
  return { method, target, httpVersion, rawHeaders: [], line };
}

function lineOf(text: string, at: number, first: boolean): string {
  const headEnd = text.lastIndexOf('\r\n\r\n', Math.max(at - 1, 0));
  const behind = headEnd !== -1 && headEnd + 4 <= at;
  const start = behind ? headEnd + 4 : 0;
  const end = text.slice(start).search(/[\r\n]/);
  const line = text.slice(start, end === -1 ? undefined : start + end).slice(0, mostCharacters);
  if (first && !behind) return line;
  // It may be the middle of a head, or what is left of a body, and nobody's business.
  return /^[A-Za-z-]{1,32}[ \t]+\S+[ \t]+HTTP\/\d/.test(line) ? line : '';
}
