// Bytes of a connection as HTTP/1.1 messages, read by their own framing: a reader of the tests' own, which shares nothing
// with the parsers under test and forgives nothing that would hide a difference.

export interface Message {
  readonly startLine: string;
  readonly headerLines: readonly string[];
  /** Without chunks. */
  readonly body: string;
  readonly trailerLines: readonly string[];
  /** All that the head announced is there; what only the end of the connection ends never is. */
  readonly complete: boolean;
  /** Bytes that it takes. */
  readonly length: number;
}

/** @param methods of the requests, where these are responses: a HEAD is answered without a body */
export function parseMessages(
  text: string,
  methods: readonly string[] = [],
  kind: 'requests' | 'responses' = 'responses',
): Message[] {
  const messages: Message[] = [];
  let finals = 0;
  for (let at = 0; at < text.length; ) {
    const headEnd = text.indexOf('\r\n\r\n', at);
    if (headEnd === -1) break;
    const [startLine = '', ...headerLines] = text.slice(at, headEnd).split('\r\n');
    const bodyAt = headEnd + 4;
    const status = kind === 'responses' ? Number(startLine.split(' ')[1]) : 0;
    const isFinal = kind === 'requests' || status === 101 || status >= 200;
    const isBodyless =
      kind === 'responses' && (!isFinal || status === 204 || status === 304 || methods[finals] === 'HEAD');
    if (isFinal) finals += 1;
    const body = isBodyless ? none : bodyOf(text.slice(bodyAt), headerLines, kind);
    messages.push({ startLine, headerLines, ...body, length: bodyAt + body.length - at });
    at = bodyAt + body.length;
    if (!body.complete) break;
  }
  return messages;
}

type Body = Pick<Message, 'body' | 'trailerLines' | 'complete' | 'length'>;

const none: Body = { body: '', trailerLines: [], complete: true, length: 0 };

function bodyOf(text: string, headerLines: readonly string[], kind: 'requests' | 'responses'): Body {
  const fieldOf = (name: string): string | undefined =>
    headerLines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  if (fieldOf('transfer-encoding') !== undefined) return chunksOf(text);
  const announced = fieldOf('content-length');
  if (announced === undefined) {
    return kind === 'requests' ? none : { ...none, body: text, complete: false, length: text.length };
  }
  const body = text.slice(0, Number(announced));
  return { ...none, body, complete: body.length === Number(announced), length: body.length };
}

function chunksOf(text: string): Body {
  let body = '';
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) break;
    const line = text.slice(at, lineEnd);
    if (!/^[0-9A-Fa-f]+$/.test(line)) throw new Error(`no chunk size of ours: ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    const dataAt = lineEnd + 2;
    if (size > 0) {
      body += text.slice(dataAt, dataAt + size);
      if (text.length < dataAt + size + 2) break;
      if (text.slice(dataAt + size, dataAt + size + 2) !== '\r\n') throw new Error('a chunk that does not end');
      at = dataAt + size + 2;
      continue;
    }
    if (text.startsWith('\r\n', dataAt)) return { body, trailerLines: [], complete: true, length: dataAt + 2 };
    const end = text.indexOf('\r\n\r\n', dataAt);
    if (end === -1) break;
    return { body, trailerLines: text.slice(dataAt, end).split('\r\n'), complete: true, length: end + 4 };
  }
  return { body, trailerLines: [], complete: false, length: text.length };
}
