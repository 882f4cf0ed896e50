// What a client proves itself with must not be had from a log, by whoever may read logs. Secrets are planted everywhere a
// request or a response can carry them; no output of the program holds one of them, unless the operator says so loudly.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lastHead } from '../support/http-messages.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { startMutual } from '../support/spawn-mutual.ts';

const secret = 's3cr3t';
const encoded = Buffer.from(`alice:${secret}`).toString('base64');

const template = [
  '$request',
  '$request_uri',
  '$args',
  '$query_string',
  '$arg_token',
  '$arg_ticket',
  '$http_authorization',
  '$http_cookie',
  '$cookie_session',
  '$http_proxy_authorization',
  '$http_x_api_key',
  '$http_x_session',
  '$http_referer',
  '$http_x_url',
  '$sent_http_set_cookie',
  '$sent_http_location',
  '$upstream_http_set_cookie',
  '$upstream_http_location',
  '$upstream_http_x_session',
].join(' ');

const response = [
  'HTTP/1.1 302 Found',
  `Set-Cookie: session=${secret}`,
  `Location: https://b.example/callback?code=${secret}#access_token=${secret}`,
  `X-Session: ${secret}`,
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

const credentials = [
  `Authorization: Bearer ${secret}`,
  `Proxy-Authorization: Basic ${encoded}`,
  `Cookie: session=${secret}; b=${secret}`,
  `X-Api-Key: ${secret}`,
  `X-Session: ${secret}`,
  `Referer: https://a.example/?token=${secret}`,
  `X-Url: https://alice:${secret}@a.example/`,
];

const arguments_ = [
  `token=${secret}`,
  `Access_Token=${secret}`,
  `%74oken=${secret}`,
  `user[password]=${secret}`,
  `next=%2Flogin%3Fcode%3D${secret}`,
  `a=1;sig=${secret}`,
  `ticket=${secret}`,
];

/** Everything printed and logged. */
async function everythingSaid(t: TestContext, redact: object): Promise<string> {
  const backend = await createRecordingBackend(t, { respond: () => response });
  const directory = temporaryDirectory(t);
  const file = join(directory, 'mutual.yaml');
  const routes = [
    { path: '/', upstream: backend.url },
    { path: '/dead', upstream: 'http://127.0.0.1:1' },
  ];
  const access = ['combined', 'json', template].map((format, n) => ({ format, file: `${n}.log` }));
  const config = {
    servers: [{ listen: '127.0.0.1:0', routes }],
    log: { level: 'trace', access: [...access, 'json'], redact: { headers: 'X-Session', query: 'ticket', ...redact } },
  };
  writeFileSync(file, JSON.stringify(config));
  const mutual = await startMutual(t, file);
  const port = mutual.port();
  for (const argument of arguments_) {
    for (const path of ['/', '/dead', '/none/../../x', '//x', 'http://localhost/', '/%zz']) {
      await exchangeRaw(t, { port }, lastHead(`GET ${path}?${argument}&b=2`, ...credentials));
    }
    await exchangeRaw(t, { port }, lastHead(`BREW /?${argument}`, ...credentials));
    await exchangeRaw(t, { port }, lastHead(`GET /?${argument}`, 'Bad Header: x', ...credentials));
    await exchangeRaw(t, { port }, lastHead(`GET http://alice:${secret}@localhost/?${argument}`, ...credentials));
  }
  // A client that goes away in the middle.
  const client = await connectRaw(t, { port });
  client.send(`POST /?token=${secret} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\npassword=${secret}`);
  client.socket.end();
  await client.closed;
  mutual.signal('SIGTERM');
  const { stdout, stderr, exitCode } = await mutual.ended;
  assert.equal(exitCode, 0);
  assert.ok(backend.received.includes(secret), 'the backend is to get what the logs are not');
  const logs = readdirSync(directory).filter((name) => name.endsWith('.log'));
  return [stdout, stderr, ...logs.map((name) => readFileSync(join(directory, name), 'utf8'))].join('\n');
}

test('no output holds a secret', async (t) => {
  const said = await everythingSaid(t, {});
  const found = said.split('\n').filter((line) => line.includes(secret) || line.includes(encoded));
  assert.deepEqual(found, []);
  assert.ok(said.includes('token=[redacted]') && said.includes('b=2'));
  assert.ok(said.includes('code=[redacted]'));
});

test('unless the operator says so loudly', async (t) => {
  const said = await everythingSaid(t, { unsafeShowCredentials: true });
  for (const shown of [`Bearer ${secret}`, `session=${secret}`, `token=${secret}`, `code=${secret}`, encoded]) {
    assert.ok(said.includes(shown), shown);
  }
});
