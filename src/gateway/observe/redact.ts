// What no log may hold, even where an operator's format asks for it: credentials that come with a request or are
// given out with a response. Names in, a verdict out.

const secretHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
]);

/** Stands in a log for what was there. */
export const redacted = '[redacted]';

/** @param name in any case, with `-` or `_` */
export function isSecretHeader(name: string): boolean {
  return secretHeaders.has(name.toLowerCase().replaceAll('_', '-'));
}

/** Variables that hold such a header, or a part of one (`$cookie_session`). */
export function isSecretVariable(name: string): boolean {
  const header = /^(?:upstream_http_|sent_http_|http_)(.+)$/.exec(name)?.[1];
  return name.startsWith('cookie_') || (header !== undefined && isSecretHeader(header));
}

/** pino paths of headers in objects that are logged whole. */
export const redactPaths: readonly string[] = [...secretHeaders].flatMap((name) => [
  `["${name}"]`,
  `*["${name}"]`,
  `*.headers["${name}"]`,
]);
