// What clients send ends up in logs, in names of files and in keys of limits of an nginx file: it must not make lines of
// its own, give away credentials, or grow without bound.

import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse } from '../support/http-messages.ts';
import { startNginxFront } from '../support/nginx-front.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const hook = { after };
const backend = await createRecordingBackend(hook);
const directory = temporaryDirectory(hook);
const front = await startNginxFront(hook, {
  directory,
  files: { 'logs/kept': '' },
  http: `limit_req_zone $http_x_key zone=z:1m rate=1r/m;
    server { listen 127.0.0.1:80; root files;
      location / { }
      location /limited { limit_req zone=z; }
      location /named { access_log logs/$arg_name.log; return 200 ok; }
      location /streamed { client_max_body_size 10; proxy_request_buffering off; proxy_http_version 1.1;
        proxy_pass http://127.0.0.1:${backend.port}; }
      location /expires { expires $arg_time; return 200 ok; }
    }`,
});

test('a path makes no line of the error log', async () => {
  await exchangeRaw(hook, front, lastHead('GET /a%0a2026/01/01%2000:00:00%20[error]%20forged%0d%1b[2J'));
  const log = front.errorLog();
  assert.match(log, /open\(\) "[^"\n]*\/a\\x0A2026/);
  assert.doesNotMatch(log, /^2026\/01\/01 00:00:00/m);
  assert.doesNotMatch(log, /[\r\x1b]/);
});

for (const [name, ...lines] of [
  ['credentials that come twice', 'Authorization: Bearer planted', 'Authorization: Basic planted'],
  ['credentials under a name that is none', 'Proxy_Authorization: planted', 'Authorization\x01: planted'],
  ['credentials that come with a control character', 'Cookie: planted\r=x'],
] as const) {
  test(`the error log does not show ${name}`, async () => {
    await exchangeRaw(hook, front, lastHead('GET /', ...lines));
    assert.doesNotMatch(front.errorLog(), /planted/);
    assert.match(front.errorLog(), /\[redacted\]/);
  });
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

test('any number of names opens a few files', async () => {
  const client = await connectRaw(hook, front);
  client.send(Array.from({ length: 300 }, (_, index) => head(`GET /named?name=n${index}`)).join(''));
  await client.until('ok', 300);
  await exchangeRaw(hook, front, lastHead('GET /named?name=n0'));
  const opened = readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(join(directory, 'logs')));
  assert.ok(opened.length <= 64, String(opened.length));
  assert.equal(readdirSync(join(directory, 'logs')).length, 301);
});

test('long keys are told apart as short ones are', async () => {
  const long = 'k'.repeat(3000);
  const ask = async (key: string): Promise<number> =>
    parseResponse(await exchangeRaw(hook, front, lastHead('GET /limited', `X-Key: ${key}`))).status;
  assert.deepEqual([await ask(`${long}1`), await ask(`${long}1`), await ask(`${long}2`)], [404, 503, 404]);
});

test('a body that came with its head is measured, too', async () => {
  const send = (data: string): Promise<string> =>
    exchangeRaw(hook, front, `${lastHead('POST /streamed', 'Transfer-Encoding: chunked')}${data}`);
  const known = backend.heads.length;
  assert.equal(parseResponse(await send(`b\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`)).status, 413);
  assert.equal(backend.heads.length, known);
  assert.equal(parseResponse(await send(`a\r\n${'x'.repeat(10)}\r\n0\r\n\r\n`)).status, 200);
});

test('a time that comes with a request is read in one go', { timeout: 5000 }, async () => {
  const digits = '1'.repeat(500);
  assert.match(await exchangeRaw(hook, front, lastHead(`GET /expires?time=${digits}x`)), /^HTTP\/1\.1 200 /);
  assert.match(
    await exchangeRaw(hook, front, lastHead('GET /expires?time=1h30m')),
    /^Cache-Control: max-age=5400\r\n/m,
  );
});
