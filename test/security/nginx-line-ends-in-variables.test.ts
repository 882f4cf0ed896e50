// Line ends that come in decoded (`%0d%0a` in `$uri`, a name in Basic credentials) and go out where the operator's file
// puts a variable: into a request toward the backend, or a header toward the client. The real nginx writes them as they
// are, which lets a client write headers and whole requests; here they never end a line.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse } from '../support/http-messages.ts';
import { startNginxFront } from '../support/nginx-front.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const hook = { after };
const backend = await createRecordingBackend(hook);
const url = `http://127.0.0.1:${backend.port}`;
const front = await startNginxFront(hook, {
  directory: temporaryDirectory(hook),
  http: `server { listen 127.0.0.1:80;
      location /redirect { return 302 http://elsewhere.example$uri; }
      location /path-redirect { return 301 /new$uri; }
      location /header { add_header X-Uri $uri always; add_header Set-Cookie "a=$uri" always; return 200 ok; }
      location /trailer { add_trailer X-Uri $uri; proxy_pass ${url}; }
      location /target { proxy_pass ${url}$uri; }
      location /args { set $args a=$uri; proxy_pass ${url}; }
      location /set { proxy_set_header X-Uri $uri; proxy_set_header X-User $remote_user; proxy_pass ${url}; }
      location ~ ^/capture/([^?]*) { rewrite ^/capture/([^?]*) http://elsewhere.example/$1 redirect; }
      location ~ ^/group/([^?]*) { proxy_set_header X-Group $1; proxy_pass ${url}; }
      location /type { default_type text/plain; add_header ETag $uri; return 200 ok; }
    }`,
});

const ends = '%0d%0aX-Evil:%20yes%0d%0a%0d%0aGET%20/smuggled%20HTTP/1.1%0d%0aHost:%20x%0d%0a%0d%0a';

for (const place of ['/redirect', '/path-redirect', '/header', '/capture/', '/type']) {
  test(`a response of ${place} keeps its head`, async () => {
    const received = await exchangeRaw(hook, front, lastHead(`GET ${place}${ends}`));
    const { headerLines, status } = parseResponse(received);
    assert.ok(status < 400);
    assert.ok(!headerLines.some((line) => /^X-Evil/i.test(line)), headerLines.join('\n'));
  });
}

for (const place of ['/target', '/args', '/set', '/group/', '/trailer']) {
  test(`the backend of ${place} gets one request`, async () => {
    const before = backend.heads.length;
    const user = Buffer.from('a\r\nX-Evil: yes\r\n\r\nGET /smuggled HTTP/1.1\r\nHost', 'latin1').toString('base64');
    await exchangeRaw(hook, front, lastHead(`GET ${place}${ends}`, `Authorization: Basic ${user}`));
    const heads = backend.heads.slice(before);
    assert.equal(heads.length, 1);
    assert.doesNotMatch(heads[0] ?? '', /^X-Evil/im);
    assert.match(heads[0] ?? '', /^GET [!-~]* HTTP\/1\.0\r\n/);
  });
}

test('a NUL and a space in a target stay escaped', async () => {
  const before = backend.heads.length;
  await exchangeRaw(hook, front, lastHead('GET /target%20a%01b'));
  assert.match(backend.heads[before] ?? '', /^GET \/target%20a%01b HTTP\/1\.0\r\n/);
});

test('a request without line ends in it goes on as it is', async () => {
  const before = backend.heads.length;
  await exchangeRaw(hook, front, lastHead('GET /set/a%20b'));
  assert.match(backend.heads[before] ?? '', /^X-Uri: \/set\/a b\r\n/im);
  assert.match(
    await exchangeRaw(hook, front, lastHead('GET /redirect/a')),
    /^Location: http:\/\/elsewhere\.example\/redirect\/a\r\n/m,
  );
  assert.match(await exchangeRaw(hook, front, head('GET /header/a', 'Connection: close')), /^X-Uri: \/header\/a\r\n/m);
});
