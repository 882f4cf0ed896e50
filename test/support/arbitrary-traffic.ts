// Request streams and answers for comparing the lanes: mostly what clients and servers really send, with every oddity of
// framing and header fields among it, and now and then a byte that does not belong there.

import fc from 'fast-check';
import type { ClientStep, ScriptedAnswer } from './lane-pair.ts';
import { parseMessages } from './parse-messages.ts';

export interface Traffic {
  readonly steps: readonly ClientStep[];
  readonly answers: ReadonlyMap<string, ScriptedAnswer>;
}

interface Framed {
  readonly lines: readonly string[];
  readonly body: string;
  /** Whether a reader of the grammar takes it, whole. */
  readonly wholesome: boolean;
}

const data = fc.string({
  maxLength: 30,
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
});

function chunkOf(text: string, extension: string, zeros: number): string {
  return `${'0'.repeat(zeros)}${text.length.toString(16)}${extension}\r\n${text}\r\n`;
}

const extension = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(';a', ';a=b', ';a="b;c"', ';a;b=c') },
);

const chunks = fc
  .array(
    fc.tuple(
      data.filter((text) => text !== ''),
      extension,
      fc.constantFrom(0, 0, 0, 2),
    ),
    { maxLength: 4 },
  )
  .map((all) => all.map((one) => chunkOf(...one)).join(''));

/** Not `Connection: close`, which Node's parser takes from trailers, too: RFC 9110 section 6.5.1 has it mean nothing there. */
const trailers = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'X-Sum: 1\r\n',
      'Content-Length: 5\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Upgrade: x\r\n',
      'Host: b\r\n',
      'X-SSL-Client-Verify: SUCCESS\r\nX-B: 2\r\n',
    ),
  },
);

const chunkedBody = fc
  .tuple(chunks, fc.constantFrom('0', '0', '000', '0;a=b'), trailers)
  .map(([all, last, fields]) => `${all}${last}\r\n${fields}\r\n`);

const requestFraming: fc.Arbitrary<Framed> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ lines: [], body: '', wholesome: true }) },
  {
    weight: 3,
    arbitrary: data.map((body) => ({ lines: [`Content-Length: ${body.length}`], body, wholesome: true })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(chunkedBody, fc.constantFrom('chunked', 'Chunked', 'CHUNKED')).map(([body, coding]) => ({
      lines: [`Transfer-Encoding: ${coding}`],
      body,
      wholesome: true,
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom<readonly string[]>(
          ['Content-Length: 3', 'Content-Length: 3'],
          ['Content-Length: 3', 'Transfer-Encoding: chunked'],
          ['Transfer-Encoding: chunked', 'Content-Length: 3'],
          ['Content-Length: 3, 3'],
          ['Content-Length: +3'],
          ['Content-Length: 0x3'],
          ['Content-Length:'],
          ['Content-Length: 3 3'],
          ['Content-Length: 99999999999999999999'],
          ['Content-Length: 100'],
          ['Transfer-Encoding: gzip, chunked'],
          ['Transfer-Encoding: chunked, chunked'],
          ['Transfer-Encoding: identity'],
          ['Transfer-Encoding: xchunked'],
          ['Transfer-Encoding:'],
          ['Transfer-Encoding: chunked'],
          ['Content-Length : 3'],
          ['Transfer-Encoding\t: chunked'],
        ),
        fc.constantFrom(
          'abc',
          '3\r\nabc\r\n0\r\n\r\n',
          '3\nabc\n0\n\n',
          '-3\r\nabc\r\n0\r\n\r\n',
          '3\r\nabcd\r\n0\r\n\r\n',
          '3 \r\nabc\r\n',
          '',
        ),
      )
      .map(([lines, body]) => ({ lines, body, wholesome: false })),
  },
);

const field = fc.constantFrom(
  ...['Accept: */*', 'User-Agent: fuzz/1', 'Cookie: a=1', 'cookie: b=2', 'X-A: 1', 'X-A:2', 'x-a:   3  ', 'X-Empty:'],
  ...['Connection: keep-alive', 'Connection: x-a', 'connection: X-A, close', 'Connection: X-Real-IP', 'Keep-Alive: 5'],
  ...['TE: trailers', 'Trailer: X-Sum', 'Proxy-Connection: x', 'X-Forwarded-For: 1.2.3.4', 'X-Real-IP: 1.2.3.4'],
  ...['X-SSL-Client-S-DN: CN=x', 'X_SSL_Client_S_DN: CN=x', 'Forwarded: for=x', 'X-Request-Id: mine', 'X.Y: 1'],
  ...['X-Path: mine', 'Proxy: x', 'X-Latin: \xfc\xff', 'X-Tab: a\tb', 'Authorization: Basic YTpi', 'Accept: text/html'],
);

const oddField = fc.constantFrom(
  ...[
    'X-A : 1',
    'X A: 1',
    ': 1',
    'X-A',
    ' X-A: 1',
    'X-A: 1\r\n folded',
    'X-A: \x01',
    'X-A: \0',
    'X-\xc4: 1',
    'X-A: 1\rb',
  ],
  ...[
    'X-A: 1\nX-B: 2',
    'Host: b.test',
    'Expect: 100-continue',
    'Expect: x',
    'Upgrade: h2c',
    `X-Long: ${'a'.repeat(1100)}`,
  ],
  ...['Connection: close', 'X-DEL: \x7f', 'X(A): 1', 'Connection: upgrade'],
);

const fields = fc.tuple(
  fc.array(field, { maxLength: 4 }),
  fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(oddField, { minLength: 1, maxLength: 1 }) },
  ),
  fc.oneof(
    { weight: 20, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(15, 16, 17, 18, 19, 20, 21, 30) },
  ),
);

const target = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('/', '/a/b', '/%20', '/a;b', '/small', '/own', '/nothing', "/!$&'()*+,="),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '/a/../b',
        '/%2e%2e/a',
        '//a',
        '/a\\b',
        '/a%00',
        'http://host.test/abs',
        'http://host.test',
        '*',
        'a',
        '/\xfc',
        '/a b',
        '/#x',
        '',
      ],
    ),
  },
);

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH') },
  { weight: 1, arbitrary: fc.constantFrom('PROPFIND', 'M-SEARCH', 'TRACE', 'FOO', 'get', 'QUERY') },
);

const version = fc.oneof(
  { weight: 12, arbitrary: fc.constant('HTTP/1.1') },
  { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ') },
);

interface Request {
  readonly method: string;
  readonly text: string;
  readonly wholesome: boolean;
}

const request: fc.Arbitrary<(id: string) => Request> = fc
  .tuple(
    method,
    target,
    version,
    fields,
    requestFraming,
    fc.constantFrom('Host: host.test', 'Host: host.test', 'Host: HOST.test:80', 'Host: a b', 'X-No: host'),
  )
  .map(([verb, path, protocol, [plain, odd, many], framing, host]) => (id) => {
    const more = Array.from({ length: many }, (_, i) => `X-${i}: ${i}`);
    const where = path.startsWith('/') ? `${path}?id=${id}` : path;
    const lines = [`${verb} ${where} ${protocol}`, host, ...plain, ...odd, ...more, ...framing.lines];
    const wholesome =
      framing.wholesome &&
      odd.length === 0 &&
      many < 10 &&
      protocol === 'HTTP/1.1' &&
      /^Host: (?:host|HOST)/.test(host) &&
      /^\/[a-z]*$/.test(path) &&
      /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH)$/.test(verb) &&
      !plain.some((line) => /close/.test(line));
    return { method: verb, text: `${lines.join('\r\n')}\r\n\r\n${framing.body}`, wholesome };
  });

/** One byte more, one less, or another one. */
const mutation = fc.tuple(
  fc.constantFrom('insert', 'remove', 'replace'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(...'\r\n\t \0:;,a0\x7f\xff'),
);

function mutate(text: string, [how, where, byte]: readonly [string, number, string]): string {
  const at = Math.min(text.length - 1, Math.floor(where * text.length));
  if (how === 'remove') return text.slice(0, at) + text.slice(at + 1);
  return text.slice(0, at) + byte + text.slice(how === 'insert' ? at : at + 1);
}

function cut(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => Math.floor(place * text.length)))].filter(
    (at) => at > 0 && at < text.length,
  );
  const sorted = [...ends.sort((a, b) => a - b), text.length];
  return sorted
    .map((end, index) => text.slice(index === 0 ? 0 : sorted[index - 1], end))
    .filter((piece) => piece !== '');
}

const places = fc.oneof(
  { weight: 3, arbitrary: fc.constant<number[]>([]) },
  { weight: 2, arbitrary: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 40 }, (_, i) => i / 40)) },
);

const responseField = fc.constantFrom(
  ...[
    'Server: x',
    'content-TYPE: text/plain',
    'Set-Cookie: a=1',
    'set-cookie: b=2',
    'X-Empty:',
    'X-A:  1 ',
    'Vary: Accept',
  ],
  ...[
    'Vary: Client-Cert',
    'vary: accept-encoding, Origin',
    'Connection: keep-alive',
    'Connection: x-a',
    'Keep-Alive: timeout=5',
  ],
  ...[
    'Date: Mon, 01 Jan 2024 00:00:00 GMT',
    'X-SSL-Client-Verify: SUCCESS',
    'Trailer: X-Sum',
    'Upgrade: h2c',
    'X-Latin: \xfc',
  ],
  ...['Proxy-Authenticate: x', 'ETag: "1"', 'Location: /x', 'Client_Cert: x'],
);

const oddResponseField = fc.constantFrom(
  ...[
    'X-A : 1',
    'X-A',
    ' folded',
    'X-A: \x01',
    'X-A: 1\rb',
    'Content-Length: 3',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: chunked',
  ],
  ...['Connection: close', 'Keep-Alive: timeout=0', ': 1'],
);

const responseFraming = fc.oneof(
  { weight: 4, arbitrary: data.map((body) => ({ lines: [`Content-Length: ${body.length}`], body })) },
  { weight: 4, arbitrary: chunkedBody.map((body) => ({ lines: ['Transfer-Encoding: chunked'], body })) },
  { weight: 2, arbitrary: data.map((body) => ({ lines: [] as string[], body })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { lines: ['Content-Length: 5'], body: 'abc' },
      { lines: ['Content-Length: 3'], body: 'abcSURPLUS' },
      { lines: ['Transfer-Encoding: chunked'], body: '3\r\nabc\r\n' },
      { lines: ['Transfer-Encoding: chunked'], body: '3\r\nabc\r\nx\r\n' },
      { lines: ['Transfer-Encoding: chunked'], body: '3\r\nabc\r\n0\r\n\r\nSURPLUS' },
      { lines: ['Content-Length: -1'], body: '' },
      { lines: ['Content-Length: 3', 'Content-Length: 3'], body: 'abc' },
      { lines: ['Content-Length: 3', 'Transfer-Encoding: chunked'], body: '3\r\nabc\r\n0\r\n\r\n' },
    ),
  },
);

const statusLine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.1 404 Not Found',
      'HTTP/1.1 500 Oh',
      'HTTP/1.1 204 No',
      'HTTP/1.1 304 Not',
      'HTTP/1.1 205 R',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 200',
      'HTTP/1.1 200 ',
      'HTTP/1.0 200 OK',
      'HTTP/1.1 600 X',
      'HTTP/1.1 101 S',
      'HTTP/1.1 99 X',
      'HTTP/2.0 200 OK',
      'HTTP/1.1 200 \xfc\x01',
      'garbage',
      '',
    ),
  },
);

const informational = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-SSL-Client-Verify: x\r\n\r\n',
    ),
  },
);

const answer: fc.Arbitrary<ScriptedAnswer> = fc
  .tuple(
    informational,
    statusLine,
    fc.array(responseField, { maxLength: 4 }),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(oddResponseField, { minLength: 1, maxLength: 1 }) },
    ),
    responseFraming,
    places,
    fc.constantFrom<ScriptedAnswer['after']>('keep', 'keep', 'keep', 'end'),
    fc.constantFrom(false, false, false, false, true),
  )
  .map(([before, start, plain, odd, framing, cuts, wanted, early]) => {
    const text = `${before}${[start, ...plain, ...odd, ...framing.lines].join('\r\n')}\r\n\r\n${framing.body}`;
    // What says of itself neither length nor end ends with the connection.
    const endless =
      framing.lines.length === 0 || /HTTP\/1\.1 99|^garbage|Content-Length: 5\b/.test(text) || odd.length > 0;
    const after = endless || framing.body === '3\r\nabc\r\n' ? 'end' : wanted;
    return { pieces: cut(text, cuts), early, after };
  });

/**
 * Whether what the lanes do with a stream depends on when they look at it. Bytes that are no request may follow on one that
 * is: the standard lane looks at them at once, and gives up the request before them with the connection; the express lane
 * serves that one first. And a head may never come to its end: a fault in it is noticed by one sooner than by the other.
 */
function dependsOnTime({ pieces, wholesome }: ClientStep): boolean {
  if (wholesome) return false;
  const text = pieces.join('');
  try {
    const [message] = parseMessages(text, [], 'requests');
    return message === undefined || (message.complete && message.length < text.length);
  } catch {
    return false;
  }
}

const anyTraffic: fc.Arbitrary<Traffic> = fc
  .tuple(
    fc.array(fc.tuple(request, answer, places, fc.option(mutation, { freq: 8 }), fc.constantFrom(1, 1, 1, 2, 3)), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.constantFrom(false, false, true),
    places,
  )
  .map(([all, pipelined, cuts]) => {
    const answers = new Map<string, ScriptedAnswer>();
    const steps: ClientStep[] = [];
    for (const [index, [make, scripted, cutsOfOne, change, times]] of all.entries()) {
      // The same header comes again with another target, as clients have it.
      const ids = Array.from({ length: times }, (_, time) => `q${index}x${time}`);
      for (const id of ids) {
        const made = make(id);
        answers.set(id, scripted);
        const text = change === null ? made.text : mutate(made.text, change);
        const wholesome = made.wholesome && change === null;
        steps.push({ pieces: cut(text, cutsOfOne), methods: [made.method], wholesome });
        if (!wholesome) break;
      }
      if (steps.some(({ wholesome }) => !wholesome)) break; // nobody knows where a next request would begin
    }
    if (!pipelined || steps.some(({ wholesome }) => !wholesome)) return { steps, answers };
    const text = steps.flatMap(({ pieces }) => pieces).join('');
    const methods = steps.flatMap((step) => step.methods);
    return { steps: [{ pieces: cut(text, cuts), methods, wholesome: true }], answers };
  });

/** Streams of requests that come one after the other, or all at once where every one of them is wholesome. */
export const traffic: fc.Arbitrary<Traffic> = anyTraffic.filter(({ steps }) => !steps.some(dependsOnTime));
