// HTTP/2 carries what HTTP/1 could not: two names for the host, bytes that would be line ends, fields of the connection in
// the middle of a request. Translated to HTTP/1 for the backend they become another request, or two.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answerAfterBody, okAndClose } from '../support/answer-after-body.ts';
import { valuesOf } from '../support/http-messages.ts';
import {
  connectFrames,
  type Field,
  type FrameClient,
  frame,
  frameFlags,
  frameTypes,
  headersFrame,
} from '../support/http2-frames.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines, type RecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const method: Field = [':method', 'GET'];
const scheme: Field = [':scheme', 'https'];
const path: Field = [':path', '/'];
const authority: Field = [':authority', 'localhost'];
const get: readonly Field[] = [method, scheme, path, authority];
const without = (name: string): Field[] => get.filter(([own]) => own !== name);
const replaced = (name: string, value: string): Field[] => [...without(name), [name, value]];

const refused: Readonly<Record<string, readonly Field[]>> = {
  'no method': without(':method'),
  'no scheme': without(':scheme'),
  'no path': without(':path'),
  'an empty path': replaced(':path', ''),
  'two methods': [...get, method],
  'two paths': [...get, [':path', '/other']],
  'two authorities': [...get, authority],
  'two authorities that differ': [...get, [':authority', 'other']],
  'an unknown pseudo field': [...get, [':foo', 'x']],
  'a status': [...get, [':status', '200']],
  'a pseudo field behind others': [method, scheme, path, ['x-a', '1'], authority],
  'another authority behind others': [...get, ['x-a', '1'], [':authority', 'other']],
  'no name for the host': without(':authority'),
  'an empty authority': replaced(':authority', ''),
  'a host that is not the authority': [...get, ['host', 'other']],
  'a host in other letters than the authority': [...get, ['host', 'LOCALHOST']],
  'two hosts': [...get, ['host', 'localhost'], ['host', 'localhost.']],
  'two hosts and no authority': [...without(':authority'), ['host', 'localhost'], ['host', 'other']],
  'an authority with a user': replaced(':authority', 'user@localhost'),
  'an authority with a path': replaced(':authority', 'localhost/x'),
  'an authority with a space': replaced(':authority', 'localhost x'),
  'an authority with a line break': replaced(':authority', 'localhost\r\nX-Injected: 1'),
  'a name with upper case': [...get, ['X-A', '1']],
  'an upper-case letter in a managed name': [...get, ['x-SSL-client-s-dn', 'spoof']],
  'connection: close': [...get, ['connection', 'close']],
  'connection that names ours': [...get, ['connection', 'x-ssl-client-s-dn']],
  'keep-alive': [...get, ['keep-alive', 'timeout=5']],
  'proxy-connection': [...get, ['proxy-connection', 'close']],
  'transfer-encoding': [...get, ['transfer-encoding', 'chunked']],
  upgrade: [...get, ['upgrade', 'h2c']],
  'te with a coding': [...get, ['te', 'gzip']],
  'a path without a slash': replaced(':path', 'x'),
  'an asterisk': replaced(':path', '*'),
  'an asterisk of OPTIONS': [[':method', 'OPTIONS'], scheme, [':path', '*'], authority],
  'a URI for a path': replaced(':path', 'http://other/'),
  'a space in the path': replaced(':path', '/ HTTP/1.1'),
  'a request line in the path': replaced(':path', '/ HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET /smuggled'),
  'a NUL in the path': replaced(':path', '/\0'),
  'a byte beyond ASCII in the path': replaced(':path', '/\xfc'),
  'a fragment': replaced(':path', '/#x'),
  'a method in lower case': replaced(':method', 'get'),
  'a method with a space': replaced(':method', 'GET /smuggled HTTP/1.1'),
  'a method with a line break': replaced(':method', 'GET / HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET'),
  'an empty method': replaced(':method', ''),
  TRACE: replaced(':method', 'TRACE'),
  CONNECT: [[':method', 'CONNECT'], authority],
  'CONNECT with a path': replaced(':method', 'CONNECT'),
  'CONNECT for WebSocket': [[':method', 'CONNECT'], [':protocol', 'websocket'], scheme, path, authority],
  'a length without a body': [...get, ['content-length', '5']],
  'two lengths': [...get, ['content-length', '0'], ['content-length', '5']],
  'a list of lengths': [...get, ['content-length', '0, 0']],
  'a signed length': [...get, ['content-length', '+0']],
};

async function start(t: Parameters<typeof startFront>[0], backend: RecordingBackend): Promise<Front> {
  return startFront(t, certificates, { server: { http2: true }, routes: [{ path: '/', upstream: backend.url }] });
}

const whole = frameFlags.endHeaders | frameFlags.endStream;

for (const [what, fields] of Object.entries(refused)) {
  test(`refused: ${what}`, async (t) => {
    const backend = await createRecordingBackend(t);
    const front = await start(t, backend);
    const client = await connectFrames(t, front.port, certificates.clientA);
    // Pseudo fields that were replaced stand behind; only those that are about their order may.
    client.send(headersFrame(1, what.includes('behind others') ? fields : pseudoFirst(fields), whole));
    const outcome = await client.outcome(1);
    if (outcome.kind === 'status') assert.ok([400, 405].includes(outcome.status), String(outcome.status));
    assert.equal(backend.received, '');

    // Others, and where it was no error of the connection this client too, are served.
    const next = await connectFrames(t, front.port, certificates.clientA);
    next.send(headersFrame(1, get, whole));
    assert.deepEqual(await next.outcome(1), { kind: 'status', status: 200 });
  });
}

function pseudoFirst(fields: readonly Field[]): Field[] {
  return [...fields].sort(([a], [b]) => Number(b.startsWith(':')) - Number(a.startsWith(':')));
}

/** nghttp2 drops fields that are no HTTP without a word and serves the rest; what must not be in what the backend gets. */
const cleaned: Readonly<Record<string, readonly [fields: readonly Field[], never: RegExp]>> = {
  'a name with a space': [[...get, ['x a', 'evil']], /evil/],
  'a name with a colon': [[...get, ['x:a', 'evil']], /evil/],
  'a name with a line break': [[...get, ['x\r\nx-injected', 'evil']], /evil|injected/],
  'a name with a NUL': [[...get, ['x\0', 'evil']], /evil/],
  'a name beyond ASCII': [[...get, ['x-\xfc', 'evil']], /evil/],
  'an empty name': [[...get, ['', 'evil']], /evil/],
  'a line break in a value': [[...get, ['x-a', '1\r\nx-injected: 1']], /injected/i],
  'a line feed in a value': [[...get, ['x-a', '1\nx-injected: 1']], /injected/i],
  'a carriage return in a value': [[...get, ['x-a', '1\rx-injected: 1']], /injected/i],
  'a NUL in a value': [[...get, ['x-a', '1\0injected']], /injected/i],
  'an end of the head in a value': [[...get, ['x-a', '1\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n']], /smuggled/i],
  'a cookie with a line break': [[...get, ['cookie', 'a=1\r\nx-injected: 1']], /injected/i],
  'te: trailers': [[...get, ['te', 'trailers']], /^te:/im],
  'an expectation': [[...get, ['expect', '100-continue']], /^expect:/im],
  'a scheme that is not that of the connection': [replaced(':scheme', 'http'), /^x-forwarded-proto: http$/im],
  'HTTP/2 settings': [[...get, ['http2-settings', 'AAMAAABk']], /settings/i],
  'a name with an underscore': [
    [...get, ['x_ssl_client_s_dn', 'spoof'], ['content_length', '9']],
    /spoof|content_length/i,
  ],
  'our own names': [[...get, ['x-ssl-client-s-dn', 'spoof'], ['x-real-ip', 'spoof']], /spoof/i],
  'a priority': [[...get, ['priority', 'u=1']], /injected/],
};

for (const [what, [fields, never]] of Object.entries(cleaned)) {
  test(`cleaned or refused: ${what}`, async (t) => {
    const backend = await createRecordingBackend(t);
    const front = await start(t, backend);
    const client = await connectFrames(t, front.port, certificates.clientA);
    client.send(headersFrame(1, pseudoFirst(fields), whole));
    const outcome = await client.outcome(1);
    assert.doesNotMatch(backend.received, never);
    assert.ok(backend.heads.length <= 1);
    if (outcome.kind === 'status' && outcome.status === 200) {
      assert.deepEqual(
        headerLines(backend.heads[0] as string).filter((line) => line.startsWith('X-SSL-Client')),
        certificates.identityOfClientA,
      );
    }
  });
}

test('what is in order is served as it would be over HTTP/1.1', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await start(t, backend);
  const client = await connectFrames(t, front.port, certificates.clientA);
  const requests: readonly (readonly Field[])[] = [
    get,
    [...get, ['host', 'localhost']],
    [...without(':authority'), ['host', 'localhost']],
    [...get, ['cookie', 'a=1'], ['x-a', '1'], ['cookie', 'b=2'], ['x-a', '2']],
  ];
  for (const [index, fields] of requests.entries()) {
    client.send(headersFrame(2 * index + 1, fields, whole));
    assert.deepEqual(await outcomeOf(client, 2 * index + 1), 200);
    assert.deepEqual(valuesOf(headerLines(backend.heads[index] as string), 'host'), ['localhost']);
  }
  const lines = headerLines(backend.heads[3] as string);
  assert.deepEqual(valuesOf(lines, 'cookie'), ['a=1; b=2']);
  assert.deepEqual(valuesOf(lines, 'x-a'), ['1', '2']);
});

async function outcomeOf(client: FrameClient, stream: number): Promise<unknown> {
  const outcome = await client.outcome(stream);
  // Behind the first response a status may come as an index into the table that only a real decoder keeps.
  return outcome.kind === 'status' ? outcome.status : outcome.kind;
}

test('trailers of a request are dropped', async (t) => {
  const backend = await createRecordingBackend(t, { respond: answerAfterBody(okAndClose) });
  const front = await start(t, backend);
  const client = await connectFrames(t, front.port, certificates.clientA);
  client.send(
    headersFrame(
      1,
      replaced(':method', 'POST').sort(([a]) => (a === ':method' ? -1 : 0)),
      frameFlags.endHeaders,
    ),
    frame(frameTypes.data, frameFlags.none, 1, Buffer.from('body')),
    headersFrame(
      1,
      [
        ['x-ssl-client-s-dn', 'spoof'],
        ['x-other', 'spoof'],
      ],
      whole,
    ),
  );
  assert.deepEqual(await client.outcome(1), { kind: 'status', status: 200 });
  assert.match(backend.received, /\r\n\r\n4\r\nbody\r\n0\r\n\r\n$/);
  assert.doesNotMatch(backend.received, /spoof/);
});

test('a body of another length than announced never becomes a whole request', async (t) => {
  const bodies: readonly (readonly [announced: string, sent: string])[] = [
    ['10', 'body'],
    ['2', 'body'],
    ['0', 'body'],
  ];
  for (const [announced, sent] of bodies) {
    const backend = await createRecordingBackend(t, { respond: () => undefined });
    const front = await start(t, backend);
    const client = await connectFrames(t, front.port, certificates.clientA);
    const fields: Field[] = [[':method', 'POST'], scheme, path, authority, ['content-length', announced]];
    client.send(
      headersFrame(1, fields, frameFlags.endHeaders),
      frame(frameTypes.data, frameFlags.endStream, 1, Buffer.from(sent)),
    );
    const outcome = await client.outcome(1);
    assert.notDeepEqual(outcome, { kind: 'status', status: 200 });
    for (const text of backend.heads) {
      assert.deepEqual(valuesOf(headerLines(text), 'content-length'), [announced], 'the length was changed');
    }
    assert.ok(announced !== '2' || !backend.received.endsWith('\r\n\r\nbo'), 'a part was taken for the whole');
  }
});
