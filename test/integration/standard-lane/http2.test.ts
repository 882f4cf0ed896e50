// Clients that speak HTTP/2 get the same as those that speak HTTP/1.1, and the upstream cannot tell them apart.

import assert from 'node:assert/strict';
import http2, { type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import {
  createRecordingBackend,
  headerLines,
  okResponse,
  type RecordingBackend,
  type RecordingBackendOptions,
} from '../../support/recording-backend.ts';
import { startTestLane, type TestLane, type TestLaneOptions } from '../../support/test-lane.ts';
import { makeUpstreamConfig } from '../../support/upstream-config.ts';

interface Fixture {
  readonly backend: RecordingBackend;
  readonly lane: TestLane;
  readonly session: ClientHttp2Session;
}

async function startFixture(
  t: TestContext,
  backendOptions: RecordingBackendOptions = {},
  laneOptions: TestLaneOptions = {},
): Promise<Fixture> {
  const backend = await createRecordingBackend(t, backendOptions);
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]), { ...laneOptions, http2: true });
  const session = http2.connect(`http://127.0.0.1:${lane.port}`);
  session.on('error', () => {});
  t.after(() => session.destroy());
  return { backend, lane, session };
}

interface Answer {
  headers: Record<string, unknown>;
  body: string;
  trailers: Record<string, unknown> | undefined;
  informational: Record<string, unknown>[];
  /** How the stream ended: 0 is well. */
  rstCode: number;
}

function collect(stream: ClientHttp2Stream): Promise<Answer> {
  const answer: Answer = { headers: {}, body: '', trailers: undefined, informational: [], rstCode: -1 };
  const plain = (headers: object): Record<string, unknown> => Object.fromEntries(Object.entries(headers));
  stream.on('headers', (headers) => answer.informational.push(plain(headers)));
  stream.on('response', (headers) => {
    answer.headers = plain(headers);
  });
  stream.on('trailers', (headers) => {
    answer.trailers = plain(headers);
  });
  stream.on('data', (chunk) => {
    answer.body += chunk.toString('latin1');
  });
  stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.once('close', () => {
      answer.rstCode = stream.rstCode ?? -1;
      resolve(answer);
    });
  });
}

const ask = (session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string): Promise<Answer> => {
  const stream = session.request(
    { ':path': '/', ':authority': 'x.test', ...headers },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(Buffer.from(body, 'latin1'));
  return collect(stream);
};

test('a request reaches the upstream as HTTP/1.1, target and headers as sent', async (t) => {
  const { backend, session } = await startFixture(t, {
    respond: () =>
      'HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nset-cookie: b\r\nX-Bytes: \xe9\r\nConnection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok',
  });
  const answer = await ask(session, {
    ':path': '/a/../%2f?x',
    'x-one': ['1', '2'],
    cookie: ['a=1', 'b=2'],
    te: 'trailers',
  });
  const [line, ...lines] = (backend.heads[0] ?? '').split('\r\n');
  assert.equal(line, 'GET /a/../%2f?x HTTP/1.1');
  assert.equal(lines[0], 'Host: x.test');
  assert.ok(lines.includes('x-one: 1'));
  assert.ok(lines.includes('x-one: 2'));
  assert.ok(lines.includes('cookie: a=1; b=2'));
  assert.equal(
    lines.some((one) => /^(?:te|transfer-encoding|content-length|:)/i.test(one)),
    false,
  );
  assert.equal(answer.headers[':status'], 200);
  assert.deepEqual(answer.headers['set-cookie'], ['a', 'b']);
  assert.equal(answer.headers['x-bytes'], '\xe9');
  assert.equal('x-gone' in answer.headers || 'keep-alive' in answer.headers, false);
  assert.equal(answer.body, 'ok');
  assert.equal(answer.rstCode, 0);
});

test('requests of one session go side by side', async (t) => {
  const { backend, session } = await startFixture(t, { respond: () => undefined });
  const answers = ['/1', '/2', '/3'].map((path) => ask(session, { ':path': path }));
  await backend.untilHeads(3);
  for (const { socket } of [...backend.connections].reverse()) socket.write(okResponse);
  for (const answer of answers) assert.equal((await answer).body, 'ok');
});

describe('a body', () => {
  test('without a length goes on in chunks', async (t) => {
    const { backend, session } = await startFixture(t, {
      respond: (_head, socket) => {
        void backend.untilReceived('\r\n0\r\n\r\n').then(() => socket.write(okResponse));
        return undefined;
      },
    });
    const { body } = await ask(session, { ':method': 'POST', 'content-type': 'text/plain' }, '\xff\xfe\x00');
    assert.equal(body, 'ok');
    assert.ok(backend.received.endsWith('\r\n\r\n3\r\n\xff\xfe\x00\r\n0\r\n\r\n'));
  });

  test('with a length keeps it', async (t) => {
    const { backend, session } = await startFixture(t, {
      respond: (_head, socket) => {
        void backend.untilReceived('abc').then(() => socket.write(okResponse));
        return undefined;
      },
    });
    await ask(session, { ':method': 'POST', 'content-length': '3' }, 'abc');
    assert.ok(headerLines(backend.heads[0] ?? '').includes('Content-Length: 3'));
    assert.ok(backend.received.endsWith('\r\n\r\nabc'));
  });

  test('that is none is sent as none', async (t) => {
    const { backend, session } = await startFixture(t);
    await ask(session, { ':method': 'POST' });
    assert.ok(headerLines(backend.heads[0] ?? '').includes('Content-Length: 0'));
  });

  for (const [length, body] of [
    ['5', 'abc'],
    ['2', 'abc'],
  ] as const) {
    test(`of ${body.length} bytes announced as ${length} is never passed on as complete`, async (t) => {
      const { backend, lane, session } = await startFixture(t, { respond: () => undefined });
      const { headers, rstCode } = await ask(session, { ':method': 'POST', 'content-length': length }, body);
      assert.ok(rstCode !== 0 || Number(headers[':status']) >= 400);
      await backend.connections[0]?.closed;
      const sent = backend.received.split('\r\n\r\n')[1] ?? '';
      assert.ok(sent.length < Number(length), `the upstream took ${JSON.stringify(sent)} for the whole body`);
      await lane.untilFinished(1);
    });
  }

  test('beyond maxBodyBytes gets 413, and the upstream never sees its end', async (t) => {
    const { backend, lane, session } = await startFixture(t, { respond: () => undefined }, { maxBodyBytes: 5 });
    const { headers } = await ask(session, { ':method': 'POST' }, 'abcdef');
    assert.equal(headers[':status'], 413);
    await backend.connections[0]?.closed;
    assert.doesNotMatch(backend.received, /abcdef|\r\n0\r\n/);
    const [exchange] = await lane.untilFinished(1);
    assert.equal(exchange?.failure?.code, 'body-too-large');
  });

  test('is granted by 100-continue when somebody is there to take it', async (t) => {
    const { backend, session } = await startFixture(t, {
      respond: (_head, socket) => {
        void backend.untilReceived('abc').then(() => socket.write(okResponse));
        return undefined;
      },
    });
    const stream = session.request({ ':path': '/', ':method': 'POST', expect: '100-continue' });
    const answer = collect(stream);
    await new Promise<void>((resolve) => stream.once('continue', () => resolve()));
    stream.end('abc');
    assert.equal((await answer).body, 'ok');
  });

  test('whose answer comes early is declined without an error', async (t) => {
    const { session } = await startFixture(t, { respond: () => 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno' });
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    const answer = collect(stream);
    stream.write('the first of many');
    const { headers, body, rstCode } = await answer;
    assert.equal(headers[':status'], 403);
    assert.equal(body, 'no');
    assert.equal(rstCode, 0);
    assert.equal((await ask(session)).headers[':status'], 403, 'the session goes on');
  });
});

describe('a response', () => {
  test('may have trailers and be preceded by others', async (t) => {
    const { session } = await startFixture(t, {
      respond: () =>
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    });
    const { informational, headers, body, trailers } = await ask(session);
    assert.equal(informational[0]?.[':status'], 103);
    assert.match(String(informational[0]?.link), /<\/a>.*<\/b>/);
    assert.equal(headers[':status'], 200);
    assert.equal(body, 'ok');
    assert.equal(trailers?.['x-sum'], '1');
  });

  for (const { name, method = 'GET', response, status, length } of [
    { name: '304', response: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n', status: 304, length: '500' },
    { name: '204', response: 'HTTP/1.1 204 No\r\nContent-Length: 500\r\n\r\n', status: 204, length: undefined },
    {
      name: 'an answer to HEAD',
      method: 'HEAD',
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
      status: 200,
      length: '500',
    },
  ]) {
    test(`is over with its head: ${name}`, async (t) => {
      const { backend, session } = await startFixture(t, { respond: () => response });
      for (let i = 0; i < 2; i += 1) {
        const { headers, body, rstCode } = await ask(session, { ':method': method });
        assert.equal(headers[':status'], status);
        assert.equal(headers['content-length'], length);
        assert.equal(body, '');
        assert.equal(rstCode, 0);
      }
      assert.equal(backend.connections.length, 1);
    });
  }

  test('that breaks off is reset, not ended', async (t) => {
    const { backend, lane, session } = await startFixture(t, {
      respond: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n',
    });
    const stream = session.request({ ':path': '/' });
    const answer = collect(stream);
    stream.once('data', () => backend.connections[0]?.socket.resetAndDestroy());
    const { body, rstCode } = await answer;
    assert.equal(body, 'part');
    assert.equal(rstCode, http2.constants.NGHTTP2_INTERNAL_ERROR);
    const [exchange] = await lane.untilFinished(1);
    assert.equal(exchange?.failure?.code, 'upstream-unreachable');
  });

  test('of nobody is a 502 without an address', async (t) => {
    const { backend, session } = await startFixture(t);
    await backend.close();
    const { headers, body } = await ask(session);
    assert.equal(headers[':status'], 502);
    assert.doesNotMatch(body, /127\.0\.0\.1/);
  });
});

for (const when of ['before the response', 'in the middle of the upload', 'in the middle of the response'] as const) {
  test(`a stream that is reset ${when} takes its request with it, and no other`, async (t) => {
    const { backend, lane, session } = await startFixture(t, {
      respond: (head) => {
        if (head.startsWith('GET /other')) return okResponse;
        return when === 'in the middle of the response' ? 'HTTP/1.1 200 OK\r\n\r\npart' : undefined;
      },
    });
    const stream = session.request({
      ':path': '/',
      ':method': when === 'in the middle of the upload' ? 'POST' : 'GET',
    });
    stream.on('error', () => {});
    if (when === 'in the middle of the upload') {
      stream.write('part');
      await backend.untilReceived('part');
    } else {
      await (when === 'before the response'
        ? backend.untilHeads(1)
        : new Promise((resolve) => stream.once('data', resolve)));
    }
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await backend.connections[0]?.closed;
    const [exchange] = await lane.untilFinished(1);
    assert.equal(exchange?.failure?.code, 'client-closed');
    assert.equal((await ask(session, { ':path': '/other' })).body, 'ok');
  });
}
