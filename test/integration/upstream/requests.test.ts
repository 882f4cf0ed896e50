// What an upstream server gets to read, byte by byte, and what becomes of its answers.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { type AskedUpstream, ask, startUpstream } from '../../support/ask-upstream.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { makeUpstreamConfig } from '../../support/upstream-config.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a request', () => {
  test('goes out as listed: order, letter case, duplicates and bytes', async (t) => {
    const backend = await createRecordingBackend(t);
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    const headers = ['Host', 'x.test:8443', 'x-One', '1', 'X-ONE', '2', 'X-Bytes', '\xe9\xff'];
    await ask(upstream, { request: { method: 'PURGE', path: '/a/../%2fb//?q=\xe9', headers } });
    assert.equal(
      backend.received,
      'PURGE /a/../%2fb//?q=\xe9 HTTP/1.1\r\nHost: x.test:8443\r\nx-One: 1\r\nX-ONE: 2\r\nX-Bytes: \xe9\xff\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
    );
  });

  for (const { name, options, sent } of [
    { name: 'GET without a body', options: {}, sent: '\r\nConnection: keep-alive\r\n\r\n' },
    {
      name: 'POST without a body',
      options: { request: { method: 'POST' } },
      sent: '\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
    },
    {
      name: 'DELETE whose client said Content-Length: 0',
      options: { request: { method: 'DELETE', contentLength: 0 } },
      sent: '\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
    },
    {
      name: 'POST with a body of known length',
      options: { body: 'abc', request: { method: 'POST', contentLength: 3 } },
      sent: '\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc',
    },
    {
      name: 'POST with a body of unknown length',
      options: { body: 'abc', request: { method: 'POST' } },
      sent: '\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    },
    {
      name: 'GET with a body',
      options: { body: 'abc', request: { method: 'GET', contentLength: 3 } },
      sent: '\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc',
    },
    {
      name: 'GET with a body of unknown length',
      options: { body: 'abc', request: { method: 'GET' } },
      sent: '\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    },
  ]) {
    test(`is framed right: ${name}`, async (t) => {
      // Answers when everything that is expected has come.
      const backend = await createRecordingBackend(t, { respond: () => undefined });
      const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
      const answer = ask(upstream, options);
      await backend.untilReceived(sent);
      backend.connections[0]?.socket.write(ok);
      assert.equal((await answer).body, 'ok');
      assert.equal(backend.received.split('\r\n').slice(2).join('\r\n'), sent.slice(2));
    });
  }

  test('has its head sent before the first byte of its body has come', async (t) => {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    const body = new PassThrough();
    const answer = ask(upstream, { body, request: { method: 'POST' } });
    await backend.untilHeads(1);
    body.end('late');
    await backend.untilReceived('late\r\n0\r\n\r\n');
    backend.connections[0]?.socket.write(ok);
    assert.equal((await answer).status, 200);
  });

  test('with a line break in a header or a blank in its path never leaves', async (t) => {
    const backend = await createRecordingBackend(t);
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    for (const request of [{ headers: ['X-A', 'b\r\nX-Forged: 1'] }, { path: '/a b' }, { path: '/\r\n' }]) {
      const { failure } = await ask(upstream, { request });
      assert.equal(failure?.code, 'internal');
    }
    assert.equal(backend.received, '');
    assert.equal((await ask(upstream)).status, 200, 'the connection is still good');
    assert.equal(upstream.snapshot().servers[0]?.inFlight, 0);
  });

  test('goes to a unix socket', async (t) => {
    const path = join(temporaryDirectory(t), 'app.sock');
    const backend = await createRecordingBackend(t, { path });
    const upstream = startUpstream(t, makeUpstreamConfig([`unix:${path}`]));
    const answer = await ask(upstream);
    assert.equal(answer.body, 'ok');
    assert.equal(answer.attempts[0]?.address, `unix:${path}`);
    assert.equal(backend.heads.length, 1);
  });

  test('goes to IPv6', async (t) => {
    const backend = await createRecordingBackend(t, { host: '::1' });
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    const answer = await ask(upstream);
    assert.equal(answer.body, 'ok');
    assert.equal(answer.attempts[0]?.address, `[::1]:${backend.port}`);
  });
});

describe('a connection', () => {
  test('is used again, and by one request at a time', async (t) => {
    const backend = await createRecordingBackend(t);
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    for (let i = 0; i < 3; i += 1) await ask(upstream);
    assert.equal(backend.connections.length, 1);
    await Promise.all([ask(upstream), ask(upstream)]);
    assert.equal(backend.connections.length, 2);
    assert.equal(upstream.snapshot().servers[0]?.idleConnections, 2);
  });

  test('says for each attempt how long connecting, waiting and everything took', async (t) => {
    const backend = await createRecordingBackend(t);
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    const first = (await ask(upstream)).attempts[0];
    const second = (await ask(upstream)).attempts[0];
    assert.equal(first?.status, 200);
    assert.equal(first?.responseBytes, 2);
    assert.ok((first?.connectMs ?? 0) > 0);
    assert.ok((first?.headerMs ?? 0) >= (first?.connectMs ?? 0));
    assert.ok((first?.responseMs ?? 0) >= (first?.headerMs ?? 0));
    assert.equal(second?.connectMs, 0, 'the second found one open');
  });

  for (const [name, response] of [
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['Keep-Alive: timeout=1', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok'],
  ] as const) {
    test(`is not used again after ${name}`, async (t) => {
      const backend = await createRecordingBackend(t, { respond: () => response });
      const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
      for (let i = 0; i < 2; i += 1) assert.equal((await ask(upstream)).body, 'ok');
      assert.equal(backend.connections.length, 2);
    });
  }

  test('is closed when unused for too long', async (t) => {
    const backend = await createRecordingBackend(t);
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url], { idleTimeoutMs: 30 }));
    await ask(upstream);
    await backend.connections[0]?.closed;
  });

  test('on which bytes come that nobody asked for is not used again', async (t) => {
    const backend = await createRecordingBackend(t);
    const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
    await ask(upstream);
    const [first] = backend.connections;
    first?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison');
    await first?.closed;
    assert.equal((await ask(upstream)).body, 'ok');
  });

  for (const poison of ['HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison', 'x', '\r\n', 'HTTP']) {
    test(`on which bytes follow a response does not poison the next one: ${JSON.stringify(poison)}`, async (t) => {
      const backend = await createRecordingBackend(t, {
        respond: (_head, _socket, connection) => (connection === backend.connections[0] ? ok + poison : ok),
      });
      const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
      for (let i = 0; i < 3; i += 1) assert.equal((await ask(upstream)).body, 'ok');
    });
  }
});

describe('a response', () => {
  const respondWith = async (t: TestContext, response: string, ending = 'keep'): Promise<AskedUpstream> => {
    const backend = await createRecordingBackend(t, {
      respond: (_head, socket) => {
        socket.write(Buffer.from(response, 'latin1'), () => {
          if (ending === 'end') socket.end();
        });
        return undefined;
      },
    });
    return startUpstream(t, makeUpstreamConfig([backend.url]));
  };

  test('keeps status text, order, letter case, duplicates and bytes of its header', async (t) => {
    const upstream = await respondWith(
      t,
      'HTTP/1.1 299 Fine \xe9\r\nset-cookie: a\r\nSet-Cookie: b\r\nX-B: \xe9\r\nContent-Length: 0\r\n\r\n',
    );
    const { status, statusText, rawHeaders } = await ask(upstream);
    assert.equal(status, 299);
    assert.equal(statusText, 'Fine \xe9');
    assert.deepEqual(rawHeaders, ['set-cookie', 'a', 'Set-Cookie', 'b', 'X-B', '\xe9', 'Content-Length', '0']);
  });

  test('may have trailers', async (t) => {
    const upstream = await respondWith(
      t,
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n',
    );
    const { body, rawTrailers } = await ask(upstream);
    assert.equal(body, 'ok');
    assert.deepEqual(rawTrailers, ['X-Sum', '1', 'x-sum', '2']);
  });

  test('may be preceded by others, of which 100 is meant for us alone', async (t) => {
    const upstream = await respondWith(
      t,
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    );
    const { informational, body } = await ask(upstream);
    assert.deepEqual(informational, [
      { status: 102, rawHeaders: [] },
      { status: 103, rawHeaders: ['Link', '</a>', 'Link', '</b>'] },
    ]);
    assert.equal(body, 'ok');
  });

  for (const { name, method, response } of [
    {
      name: '304 with a Content-Length',
      method: 'GET',
      response: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n',
    },
    {
      name: '204 with a Content-Length',
      method: 'GET',
      response: 'HTTP/1.1 204 No Content\r\nContent-Length: 500\r\n\r\n',
    },
    {
      name: '304 said to be chunked',
      method: 'GET',
      response: 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n',
    },
    { name: 'an answer to HEAD', method: 'HEAD', response: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n' },
    {
      name: 'a chunked answer to HEAD',
      method: 'HEAD',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    },
  ]) {
    test(`is over with its head: ${name}`, async (t) => {
      const backend = await createRecordingBackend(t, { respond: () => response });
      const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
      for (let i = 0; i < 2; i += 1) {
        const { failure, body, rawHeaders } = await ask(upstream, { request: { method } });
        assert.equal(failure, undefined);
        assert.equal(body, '');
        assert.match(rawHeaders.join(), /500|chunked/);
      }
      assert.equal(backend.connections.length, 1, 'the connection is good for another request');
    });
  }

  test('without a length lasts until the server closes', async (t) => {
    const upstream = await respondWith(t, 'HTTP/1.1 200 OK\r\n\r\nall of it', 'end');
    const { failure, body } = await ask(upstream);
    assert.equal(failure, undefined);
    assert.equal(body, 'all of it');
  });

  test('may come before the request body is complete', async (t) => {
    const upstream = await respondWith(t, 'HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno');
    const body = new PassThrough();
    body.write('the first of many');
    const answer = await ask(upstream, { body, request: { method: 'POST' } });
    assert.equal(answer.status, 413);
    assert.equal(answer.body, 'no');
    assert.equal(body.destroyed, false, 'the body is the client, who is still to be answered');
    assert.equal(upstream.snapshot().servers[0]?.idleConnections, 0, 'the rest of it must not become a request');
  });

  for (const { name, response, ending, code } of [
    { name: 'with a status of four digits', response: 'HTTP/1.1 2000 OK\r\n\r\n', code: 'upstream-invalid' },
    {
      name: 'with a status above 599',
      response: 'HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n',
      code: 'upstream-invalid',
    },
    {
      name: 'with a status below 100',
      response: 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n',
      code: 'upstream-invalid',
    },
    {
      name: 'that switches protocols unasked',
      response: 'HTTP/1.1 101 Ok\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      code: 'upstream-invalid',
    },
    { name: 'with a bare 101', response: 'HTTP/1.1 101 Ok\r\n\r\n', code: 'upstream-invalid' },
    {
      name: 'in another transfer coding',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      code: 'upstream-invalid',
    },
    { name: 'that is no HTTP', response: 'SSH-2.0-OpenSSH_9.2\r\n', code: 'upstream-invalid' },
    {
      name: 'with two lengths',
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
      code: 'upstream-invalid',
    },
    {
      name: 'with a length and chunks',
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      code: 'upstream-invalid',
    },
    {
      name: 'whose header is folded',
      response: 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n',
      code: 'upstream-invalid',
    },
    {
      name: 'with a head too large',
      response: `HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(80_000)}\r\n\r\n`,
      code: 'upstream-invalid',
    },
    { name: 'that is a TLS alert', response: '\x15\x03\x01\x00\x02\x02\x28', code: 'upstream-invalid' },
    {
      name: 'that ends before its head',
      response: 'HTTP/1.1 200 OK\r\nX-',
      ending: 'end',
      code: 'upstream-unreachable',
    },
    { name: 'that never comes', response: '', ending: 'end', code: 'upstream-unreachable' },
  ] as const) {
    test(`is refused: ${name}`, async (t) => {
      const upstream = await respondWith(t, response, ending);
      const { failure, status, attempts } = await ask(upstream);
      assert.equal(failure?.code, code, failure?.message);
      assert.equal(status, 0);
      assert.equal(attempts.length, 1, 'a server is asked once');
      assert.equal(attempts[0]?.error, failure?.message);
      assert.equal(upstream.snapshot().servers[0]?.inFlight, 0);
    });
  }

  test('that is TLS to a plain request says what to mend', async (t) => {
    const upstream = await respondWith(t, '\x15\x03\x01\x00\x02\x02\x28');
    assert.match((await ask(upstream)).failure?.message ?? '', /must begin with https:/);
  });

  for (const { name, response, ending } of [
    { name: 'a length, then closed', response: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart', ending: 'end' },
    { name: 'a length, then reset', response: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart', ending: 'reset' },
    {
      name: 'a length and Connection: close, then closed',
      response: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\npart',
      ending: 'end',
    },
    {
      name: 'chunks, then closed',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n',
      ending: 'end',
    },
    {
      name: 'chunks, then reset',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n',
      ending: 'reset',
    },
    {
      name: 'chunks, then garbage',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n',
      ending: 'keep',
    },
    { name: 'no length, then reset', response: 'HTTP/1.1 200 OK\r\n\r\npart', ending: 'reset' },
  ] as const) {
    test(`that breaks off does not pass for complete: ${name}`, async (t) => {
      let body = '';
      const backend = await createRecordingBackend(t, {
        respond: (_head, socket) => {
          socket.write(response);
          if (ending === 'end') socket.end();
          return undefined;
        },
      });
      const sink = new Writable({
        write(chunk, _encoding, done) {
          body += chunk;
          // Not before the bytes before it have been read.
          if (ending === 'reset') backend.connections[0]?.socket.resetAndDestroy();
          done();
        },
      });
      const upstream = startUpstream(t, makeUpstreamConfig([backend.url]));
      const { failure, attempts } = await ask(upstream, { sink });
      assert.equal(body, 'part');
      assert.match(failure?.code ?? 'complete', /^upstream-(?:unreachable|invalid)$/);
      assert.equal(attempts.length, 1, 'what has begun is not asked for again');
      assert.equal(upstream.snapshot().servers[0]?.inFlight, 0);
    });
  }
});
