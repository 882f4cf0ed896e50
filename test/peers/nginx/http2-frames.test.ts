// Frames of HTTP/2, right and wrong, through the real nginx and through this program: what becomes of the stream and of
// the connection must be the same.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeFields } from '../../../src/gateway/http/http2/decode-fields.ts';
import { createHeaderTable } from '../../../src/gateway/http/http2/header-table.ts';
import {
  connectFrames,
  type Field,
  type Frame,
  frame,
  frameFlags,
  frameTypes,
  headerBlock,
  headersFrame,
} from '../../support/http2-frames.ts';
import { withoutNginx } from '../../support/nginx.ts';
import { type OracleFile, type Program, startProgram, stopProgram } from '../../support/nginx-oracle.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost', eku: 'serverAuth' });

const file: OracleFile = {
  title: 'frames',
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%% ssl http2; server_name localhost;
        ssl_certificate ${server.certificate}; ssl_certificate_key ${server.key};
        large_client_header_buffers 2 1k;
        location / { return 200 "hello"; }
        location /body { client_max_body_size 100; proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }`,
  exchanges: [],
};

const base = (path = '/', method = 'GET'): Field[] => [
  [':method', method],
  [':scheme', 'https'],
  [':path', path],
  [':authority', 'localhost'],
];
const without = (name: string): Field[] => base().filter(([own]) => own !== name);
const also = (...fields: Field[]): Buffer => headersFrame(1, [...base(), ...fields]);
const settings = (id: number, value: number): Buffer => {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(id);
  payload.writeUInt32BE(value, 2);
  return frame(frameTypes.settings, 0, 0, payload);
};
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const block = headerBlock(base());
const { data, headers, priority, rstStream, pushPromise, ping, goaway, windowUpdate, continuation } = frameTypes;
const { endHeaders, endStream, padded } = frameFlags;
const post = (...fields: Field[]): Buffer => headersFrame(1, [...base('/body', 'POST'), ...fields], endHeaders);

const cases: Readonly<Record<string, readonly Buffer[]>> = {
  'a request': [headersFrame(1, base())],
  HEAD: [headersFrame(1, base('/', 'HEAD'))],
  CONNECT: [headersFrame(1, base('/', 'CONNECT'))],
  TRACE: [headersFrame(1, base('/', 'TRACE'))],
  'a method in lower case': [headersFrame(1, base('/', 'get'))],
  'a path that is none': [headersFrame(1, base('no'))],
  'a whole URL for a path': [headersFrame(1, base('http://localhost/'))],
  'no method': [headersFrame(1, without(':method'))],
  'no scheme': [headersFrame(1, without(':scheme'))],
  'no path': [headersFrame(1, without(':path'))],
  'no authority': [headersFrame(1, without(':authority'))],
  'a Host in its place': [headersFrame(1, [...without(':authority'), ['host', 'localhost']])],
  'a Host beside it': [also(['host', 'localhost'])],
  'two methods': [also([':method', 'GET'])],
  'two paths': [also([':path', '/'])],
  'a field of no meaning': [also([':other', 'x'])],
  'fields in disorder': [headersFrame(1, [['x', '1'], ...base()])],
  'a name in upper case': [also(['X', '1'])],
  'a name with a space': [also(['x y', '1'])],
  'a name without letters': [also(['', '1'])],
  'a value of two lines': [also(['x', 'a\r\nb: c'])],
  'a value with a zero': [also(['x', 'a\0b'])],
  'a name with an underscore': [also(['x_y', '1'])],
  'Connection and its like': [also(['connection', 'close'], ['transfer-encoding', 'chunked'])],
  'a field that is too long': [also(['x', '~'.repeat(1100)])],
  'fields that are too many': [also(['x', '~'.repeat(1000)], ['y', '~'.repeat(1000)])],
  'an even number': [headersFrame(2, base())],
  'no number': [headersFrame(0, base())],
  'a head in three frames': [
    frame(headers, endStream, 1, block.subarray(0, 5)),
    frame(continuation, 0, 1, block.subarray(5, 20)),
    frame(continuation, endHeaders, 1, block.subarray(20)),
  ],
  'something else in a head': [frame(headers, endStream, 1, block), frame(ping, 0, 0, text('12345678'))],
  'the head of another stream goes on': [frame(headers, endStream, 1, block), frame(continuation, endHeaders, 3)],
  'a head that goes on without a beginning': [frame(continuation, endHeaders, 1, block)],
  'a head with padding': [
    frame(headers, endHeaders | endStream | padded, 1, Buffer.concat([text('\x03'), block, text('\0\0\0')])),
  ],
  'padding that is too long': [frame(headers, endHeaders | endStream | padded, 1, text('\xffabc'))],
  'no padding where there should be': [frame(headers, endHeaders | endStream | padded, 1)],
  'a stream that depends on itself': [
    frame(headers, endHeaders | endStream | frameFlags.priority, 1, Buffer.concat([uint32(1), text('\x0f'), block])),
  ],
  'a head without fields': [frame(headers, endHeaders | endStream, 1)],
  'a field that is not in the table': [frame(headers, endHeaders | endStream, 1, text('\xff\x7f'))],
  'a table that is too large': [frame(headers, endHeaders | endStream, 1, text('\x3f\xff\xff\x7f'))],
  'a field that is cut': [frame(headers, endHeaders | endStream, 1, text('\0\x05A'))],
  'PING that is too short': [frame(ping, 0, 0, text('123'))],
  'PING of a stream': [frame(ping, 0, 1, text('12345678'))],
  'SETTINGS that are cut': [frame(frameTypes.settings, 0, 0, text('abc'))],
  'SETTINGS of a stream': [frame(frameTypes.settings, 0, 1)],
  'an answer to SETTINGS with settings': [frame(frameTypes.settings, frameFlags.ack, 0, text('abcdef'))],
  'frames that are too small': [settings(5, 42)],
  'frames that are too large': [settings(5, 2 ** 24)],
  'a window that is too large': [settings(4, 2 ** 31)],
  'pushes of neither kind': [settings(2, 2)],
  'a setting of no meaning': [settings(99, 2), headersFrame(1, base())],
  'no table': [settings(1, 0), headersFrame(1, base())],
  'a window of the connection that runs over': [frame(windowUpdate, 0, 0, uint32(2 ** 31 - 1))],
  'a window that does not grow': [frame(windowUpdate, 0, 0, uint32(0))],
  'a window that is cut': [frame(windowUpdate, 0, 0, text('ab'))],
  'a window of a stream that is not there': [frame(windowUpdate, 0, 9, uint32(5)), headersFrame(11, base())],
  'PRIORITY of no stream': [frame(priority, 0, 0, text('\0\0\0\x01\0'))],
  'PRIORITY that is cut': [frame(priority, 0, 1, text('ab'))],
  'PRIORITY on itself': [frame(priority, 0, 3, text('\0\0\0\x03\0'))],
  'PRIORITY before the stream': [frame(priority, 0, 3, text('\0\0\0\0\x01')), headersFrame(3, base())],
  'RST_STREAM of no stream': [frame(rstStream, 0, 0, uint32(8))],
  'RST_STREAM that is cut': [frame(rstStream, 0, 1, text('ab'))],
  'RST_STREAM of a stream that is not there': [frame(rstStream, 0, 1, uint32(8)), headersFrame(3, base())],
  PUSH_PROMISE: [frame(pushPromise, endHeaders, 1, uint32(2))],
  'GOAWAY of the client': [frame(goaway, 0, 0, Buffer.concat([uint32(0), uint32(0)])), headersFrame(1, base())],
  'a frame of no meaning': [frame(99, 255, 7, text('xyz')), headersFrame(1, base())],
  'a body of no stream': [frame(data, 0, 0, text('abc'))],
  'a body of a stream that is not there': [frame(data, 0, 7, text('abc')), headersFrame(9, base())],
  'a body': [post(), frame(data, 0, 1, text('ab')), frame(data, endStream, 1, text('cd'))],
  'a body with its length': [post(['content-length', '4']), frame(data, endStream, 1, text('abcd'))],
  'a body that is shorter': [post(['content-length', '5']), frame(data, endStream, 1, text('abcd'))],
  'a body that is longer': [post(['content-length', '3']), frame(data, endStream, 1, text('abcd'))],
  'a length and no body': [
    headersFrame(1, [...base('/body', 'POST'), ['content-length', '5']], endHeaders | endStream),
  ],
  'a length that is none': [post(['content-length', 'x'])],
  'a length that is too much': [post(['content-length', '101'])],
  'a body that is too much': [post(), frame(data, endStream, 1, Buffer.alloc(101, 'a'))],
  'a body with padding': [post(), frame(data, endStream | padded, 1, text('\x02abc\0\0'))],
  'a body of padding alone': [post(), frame(data, endStream | padded, 1, text('\x09abc\0\0'))],
};

const answer = text('the end.');

describe('as nginx: frames of HTTP/2', { skip: withoutNginx }, () => {
  const programs: Program[] = [];
  const ends: (() => void)[] = [];
  const hook = { after: (end: () => void) => void ends.push(end) };
  before(async () => {
    const other = process.env.ORACLE === 'nginx' ? 'nginx' : 'mutual';
    programs.push(...(await Promise.all([startProgram(hook, file, 'nginx'), startProgram(hook, file, other)])));
  });
  after(async () => {
    await Promise.all(programs.map(stopProgram));
    for (const end of ends.reverse()) end();
  });
  for (const [name, frames] of Object.entries(cases)) {
    test(name, async () => {
      const [nginx, mutual] = await Promise.all(programs.map((program) => seenBy(program, frames)));
      assert.notDeepEqual(nginx, []);
      assert.deepEqual(mutual, nginx);
    });
  }

  /** What becomes of streams and connection; PING tells that everything was read. */
  async function seenBy({ ports }: Program, frames: readonly Buffer[]): Promise<string[]> {
    const client = await connectFrames(hook, ports[0] as number, { ca: [ca.certificate], rejectUnauthorized: false });
    client.send(...frames);
    const asked = frames.some(
      (one) => (one[3] === headers || one[3] === continuation) && (one[4] as number) & endHeaders,
    );
    if (asked) await client.until((one) => isEnd(one));
    client.send(frame(ping, 0, 0, answer));
    await client.until((one) => one.type === goaway || (one.type === ping && one.payload.equals(answer)));
    client.destroy();
    return client.frames.map(print).filter((line) => line !== '');
  }
});

function isEnd({ type, flags }: Frame): boolean {
  return type === goaway || type === rstStream || ((type === headers || type === data) && (flags & endStream) !== 0);
}

function statusOf(head: Buffer): string {
  const fields: { readonly name: string; readonly value: string }[] = [];
  decodeFields(head, createHeaderTable(), 8192, (field) => fields.push(field));
  return fields[0]?.value ?? '';
}

function print({ type, flags, stream, payload }: Frame): string {
  switch (type) {
    case headers:
      return `head of ${stream}: ${statusOf(payload)}${(flags & endStream) === 0 ? '' : ', the end'}`;
    case data:
      return `body of ${stream}: ${payload.length} bytes${(flags & endStream) === 0 ? '' : ', the end'}`;
    case rstStream:
      return `reset of ${stream}: ${payload.readUInt32BE(0)}`;
    case goaway:
      return `end: ${payload.readUInt32BE(4)} after ${payload.readUInt32BE(0)}`;
    default:
      return '';
  }
}
