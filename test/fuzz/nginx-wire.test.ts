// Whatever bytes come in, the readers of the section http say what they are or that they are nothing: none throws what
// nobody catches, and none goes on for ever.

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFirstBytes } from '../../src/gateway/accept/client-hello.ts';
import { parseProxyHeader } from '../../src/gateway/accept/proxy-protocol.ts';
import { findPassword } from '../../src/gateway/http/access/basic-auth.ts';
import { verifyPassword } from '../../src/gateway/http/access/password-hash.ts';
import { encodeFields } from '../../src/gateway/http/http2/encode-fields.ts';
import { createHttp2Session } from '../../src/gateway/http/http2/session.ts';
import { createChunkedBody } from '../../src/gateway/http/parse/chunked-body.ts';
import { parseHeaderLine } from '../../src/gateway/http/parse/header-line.ts';
import { isUnsafeUri, normaliseUri } from '../../src/gateway/http/parse/normalise-uri.ts';
import { parseRequestLine } from '../../src/gateway/http/parse/request-line.ts';
import { safeTarget, safeValue } from '../../src/gateway/http/parse/without-line-ends.ts';
import { parseUpstreamHead } from '../../src/gateway/http/proxy/response-head.ts';
import { parseHttpDate } from '../../src/gateway/http/response/http-date.ts';
import { readHelloFacts } from '../../src/gateway/http/tls/hello-facts.ts';

const runs = { numRuns: 400 };
const latin1 = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
/** Text that is nearly of the kind that is read. */
const near = (...parts: readonly string[]) =>
  fc.array(fc.oneof(fc.constantFrom(...parts), latin1), { maxLength: 12 }).map((some) => some.join(''));

test('targets never lead up, however they are written', () => {
  const target = near('/', '..', '.', '%2e', '%2f', '%5c', '%00', '%', '?', '#', 'a', '//', ';');
  fc.assert(
    fc.property(target, fc.boolean(), (rest, merge) => {
      // Neither version of HTTP lets a NUL through that is not escaped.
      const found = normaliseUri(`/${rest.replaceAll('\0', '')}`, merge);
      if (found === undefined) return;
      assert.ok(found.uri.startsWith('/') && !found.uri.includes('\0'));
      assert.ok(!/\/\.\.?(?:\/|$)/.test(found.uri), found.uri);
      assert.equal(isUnsafeUri(found.uri) && !found.uri.includes('?') && !found.uri.includes('#'), false);
    }),
    runs,
  );
});

test('nothing that is written ends a line', () => {
  fc.assert(
    fc.property(near('\r\n', '\n\t', '-----BEGIN CERTIFICATE-----', '\0'), (text) => {
      assert.doesNotMatch(safeTarget(text), /[\0-\x20\x7f]/);
      assert.doesNotMatch(safeValue(text), /[\r\0]|\n(?!\t)/);
    }),
    runs,
  );
});

test('lines, dates, heads and passwords are read or refused', () => {
  const line = near('GET ', '/', ' HTTP/1.1', 'Host', ':', 'http://a', '\r', '\n', 'HTTP/1.1 200 OK', 'x: y\r\n');
  fc.assert(
    fc.property(line, (text) => {
      parseRequestLine(text);
      const field = parseHeaderLine(text.replaceAll('\n', ''), true);
      if (field !== 'malformed') assert.doesNotMatch(field.value, /[\r\n\0]/);
      parseUpstreamHead(Buffer.from(text, 'latin1'));
      parseHttpDate(text);
      findPassword(text, 'a');
    }),
    runs,
  );
  const stored = near('{SHA}', '{SSHA}', '{PLAIN}', '$apr1$', '$1$', '$', 'ab', '=');
  fc.assert(
    fc.property(stored, latin1, (hash, password) => void verifyPassword(password, hash)),
    { numRuns: 100 },
  );
});

test('chunked bodies do not depend on how they are cut', () => {
  const body = near('5\r\nhello\r\n', '0\r\n', '\r\n', '1;a=b\r\nx\r\n', 'X: y\r\n', 'ffffffffffffff', ' ', '\n');
  fc.assert(
    fc.property(body, fc.nat(50), (text, cut) => {
      const read = (pieces: readonly string[]): string => {
        const chunked = createChunkedBody();
        let data = '';
        for (const piece of pieces) {
          const bytes = Buffer.from(piece, 'latin1');
          if (chunked.take(bytes, (chunk) => (data += chunk.toString('latin1'))) === undefined) return `${data}!`;
        }
        return `${data} ${chunked.done}`;
      };
      assert.equal(read([text.slice(0, cut), text.slice(cut)]), read([text]));
    }),
    runs,
  );
});

const hello = Buffer.from(
  '16030100840100008003030000000000000000000000000000000000000000000000000000000000000000000004130113020100' +
    '0053000000090007000004612e7465000a00060004001d0017000d000400020403002b0003020304003300260024001d0020' +
    '00'.repeat(32),
  'hex',
);
const mutated = (bytes: Buffer) =>
  fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 }).chain((changes) =>
    fc.nat(bytes.length).map((length) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of changes) copy[at] = value;
      return copy.subarray(0, length);
    }),
  );

test('first bytes of a connection are read or refused', () => {
  const proxy = Buffer.from('0d0a0d0a000d0a515549540a21110014c0a80001c0a800020fa001bb0100026832ff000100', 'hex');
  const some = fc.oneof(mutated(hello), mutated(proxy), fc.uint8Array({ maxLength: 300 }).map(Buffer.from));
  fc.assert(
    fc.property(some, (bytes) => {
      if (parseFirstBytes(bytes).kind !== 'incomplete') readHelloFacts(bytes);
      parseProxyHeader(bytes);
    }),
    runs,
  );
});

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const frameOf = fc
  .tuple(fc.nat(11), fc.nat(255), fc.constantFrom(0, 1, 3, 5, 2), fc.oneof(fc.uint8Array({ maxLength: 40 }), headers()))
  .map(([type, flags, id, payload]) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(id, 5);
    return Buffer.concat([head, payload]);
  });

function headers() {
  const fields = [
    { name: ':method', value: 'POST' },
    { name: ':path', value: '/' },
    { name: 'x', value: 'y'.repeat(30) },
  ];
  return mutated(encodeFields(fields, false));
}

test('frames of HTTP/2 in any order end the connection at the worst', () => {
  fc.assert(
    fc.property(fc.array(frameOf, { maxLength: 30 }), (frames) => {
      const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      createHttp2Session(socket, {
        concurrentStreams: 4,
        prereadBytes: 100,
        fieldBytes: 1000,
        headBytes: 4000,
        headerTimeoutMs: 1000,
        idleTimeoutMs: 1000,
        onRequest: async (stream) => {
          stream.take();
          stream.respond([{ name: ':status', value: '200' }], false);
          void stream.write(Buffer.alloc(100), 10);
          void stream.end([], 10);
        },
        onFault: () => {},
      });
      socket.emit('data', preface);
      for (const frame of frames) socket.emit('data', frame);
      socket.destroy();
    }),
    runs,
  );
});
