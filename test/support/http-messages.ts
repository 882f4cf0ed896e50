// HTTP/1 messages as text: requests are written as a test wants them, responses taken apart to be looked at.

import type { RawClient } from './raw-client.ts';

/** A request head for `localhost`; `Connection: close` and the like are the test's to add. */
export function head(requestLine: string, ...headers: readonly string[]): string {
  return [`${requestLine} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
}

/** The same, for the last request of a connection. */
export function lastHead(requestLine: string, ...headers: readonly string[]): string {
  return head(requestLine, ...headers, 'Connection: close');
}

/** One piece of a chunked body; an empty one ends it. */
export function chunk(data: string): string {
  return `${data.length.toString(16)}\r\n${data}\r\n`;
}

export interface ParsedResponse {
  readonly status: number;
  readonly statusText: string;
  readonly version: string;
  /** As received. */
  readonly headerLines: readonly string[];
  /** Without chunks. */
  readonly body: string;
  readonly trailerLines: readonly string[];
  /** All that the head announced is there; for a body that only the end of the connection ends, never. */
  readonly complete: boolean;
}

/**
 * The responses in these bytes, informational ones included.
 *
 * @param methods of the requests, where one of them was HEAD
 */
export function parseResponses(bytes: string, methods: readonly string[] = []): ParsedResponse[] {
  const responses: ParsedResponse[] = [];
  let rest = bytes;
  let finals = 0;
  while (rest.includes('\r\n\r\n')) {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...headerLines] = rest.slice(0, end).split('\r\n');
    const [, version = '', code = '', statusText = ''] = /^HTTP\/(\S+) (\d{3}) (.*)$/.exec(statusLine) ?? [];
    if (code === '') throw new Error(`not a response: ${JSON.stringify(rest.slice(0, 200))}`);
    const status = Number(code);
    rest = rest.slice(end + 4);
    const final = status === 101 || status >= 200;
    const bodyless = !final || status === 101 || status === 204 || status === 304 || methods[finals] === 'HEAD';
    const body = bodyless ? empty : takeBody(rest, headerLines);
    rest = rest.slice(body.length);
    if (final) finals += 1;
    const { text, trailerLines, complete } = body;
    responses.push({ status, statusText, version, headerLines, body: text, trailerLines, complete });
    if (status === 101) break;
  }
  return responses;
}

/** The one final response in these bytes. */
export function parseResponse(bytes: string, method?: string): ParsedResponse {
  const finals = parseResponses(bytes, method === undefined ? [] : [method]).filter(({ status }) => status >= 200);
  const [response] = finals;
  if (response === undefined || finals.length > 1)
    throw new Error(`${finals.length} responses: ${bytes.slice(0, 500)}`);
  return response;
}

/** Resolves when this many final responses have come whole on a connection; rejects when it is closed before. */
export async function untilResponses(
  client: RawClient,
  count: number,
  methods: readonly string[] = [],
): Promise<ParsedResponse[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ParsedResponse[]>();
  const look = (): void => {
    const finals = parseResponses(client.received, methods).filter(({ status }) => status >= 200);
    if (finals.filter(({ complete }) => complete).length >= count) resolve(finals);
  };
  client.socket.on('data', look);
  void client.closed.then((text) => {
    look();
    reject(new Error(`closed before ${count} responses: ${JSON.stringify(text.slice(0, 500))}`));
  });
  look();
  try {
    return await promise;
  } finally {
    client.socket.off('data', look);
  }
}

/** Values of a header in the order of its lines. Names are compared as CGI and WSGI do: `_` and `.` are `-`. */
export function valuesOf(lines: readonly string[], name: string): string[] {
  const wanted = fold(name);
  return lines
    .filter((line) => fold(nameOf(line)) === wanted)
    .map((line) => line.slice(nameOf(line).length + 1).trim());
}

export function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':'));
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_.]/g, '-');
}

interface Body {
  readonly text: string;
  readonly length: number;
  readonly trailerLines: readonly string[];
  readonly complete: boolean;
}

const empty: Body = { text: '', length: 0, trailerLines: [], complete: true };

function takeBody(bytes: string, headerLines: readonly string[]): Body {
  if (valuesOf(headerLines, 'transfer-encoding').length > 0) return takeChunks(bytes);
  const [announced] = valuesOf(headerLines, 'content-length');
  if (announced === undefined) return { ...empty, text: bytes, length: bytes.length, complete: false };
  const text = bytes.slice(0, Number(announced));
  return { ...empty, text, length: text.length, complete: text.length === Number(announced) };
}

function takeChunks(bytes: string): Body {
  let text = '';
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.slice(at, end), 16);
    if (end === -1 || bytes.length < end + 4 + size) break;
    if (size > 0) {
      text += bytes.slice(end + 2, end + 2 + size);
      at = end + 4 + size;
      continue;
    }
    const trailerEnd = bytes.indexOf('\r\n\r\n', end);
    if (trailerEnd === -1) break;
    const trailerLines = bytes.slice(end + 2, trailerEnd).split('\r\n');
    return { text, length: trailerEnd + 4, trailerLines: trailerEnd === end ? [] : trailerLines, complete: true };
  }
  return { text, length: bytes.length, trailerLines: [], complete: false };
}
