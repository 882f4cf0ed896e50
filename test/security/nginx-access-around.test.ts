// Ways around `deny`, `limit_except`, `internal` and passwords of an nginx file: by an `if`, a method, an escape in the
// path, an error's page or a comment in the file of passwords. The backend behind them must see nothing.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { lastHead, parseResponse } from '../support/http-messages.ts';
import { startNginxFront } from '../support/nginx-front.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const hook = { after };
const backend = await createRecordingBackend(hook, {
  respond: (head) =>
    head.startsWith('GET /accel')
      ? `HTTP/1.1 200 OK\r\nX-Accel-Redirect: ${/to=(\S+)/.exec(head)?.[1]}\r\nContent-Length: 0\r\n\r\n`
      : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
});
const url = `http://127.0.0.1:${backend.port}`;
const front = await startNginxFront(hook, {
  directory: temporaryDirectory(hook),
  files: {
    'files/open.txt': 'open',
    'secret.txt': 'secret',
    'files/internal/kept.txt': 'kept',
    passwords:
      '# eve:{PLAIN}eve\nalice:{PLAIN}se#cret\nbob:{PLAIN}#\ncarl:\ndave:$apr1$saltsalt$SANtm5JRU4zPRxhrnAG8v.\n  \n:{PLAIN}\n',
  },
  http: `server { listen 127.0.0.1:80; root files;
      location / { limit_except GET { deny all; } if ($arg_x) { set $y 1; } if ($arg_r) { return 200 "ran"; } proxy_pass ${url}; }
      location /answer { limit_except GET { deny all; } return 200 "answered"; }
      location /admin { deny all; proxy_pass ${url}; }
      location ~ \\.(?:php|bak)$ { deny all; proxy_pass ${url}; }
      location /internal/ { internal; }
      location /accel { proxy_pass ${url}; }
      location /static/ { alias files/; }
      location /slashless { alias files/; }
      location /tried { try_files /$arg_f =404; }
      location /login { auth_basic realm; auth_basic_user_file passwords; proxy_pass ${url}; }
      location /either { satisfy any; deny all; auth_basic realm; auth_basic_user_file passwords; proxy_pass ${url}; }
      location /both { satisfy all; deny all; auth_basic realm; auth_basic_user_file passwords; proxy_pass ${url}; }
    }`,
});

async function ask(line: string, ...headers: readonly string[]) {
  const known = backend.heads.length;
  const { status, body } = parseResponse(await exchangeRaw(hook, front, lastHead(line, ...headers)));
  return { status, body, reached: backend.heads.length > known };
}
const basic = (user: string, password: string): string =>
  `Authorization: Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}`;

const denied: Readonly<Record<string, readonly [line: string, status: number, ...headers: string[]]>> = {
  'a method that is excepted from nothing': ['POST /', 403],
  'the same with an if that holds': ['POST /?x=1', 403],
  'the same with an if that answers': ['POST /?r=1', 403],
  'the same where the location answers': ['POST /answer', 403],
  'a folder by an escape': ['GET /%61dmin/x', 403],
  'a folder by two slashes': ['GET //admin/x', 403],
  'a folder by dot segments': ['GET /a/..//./%2e%2e/admin/x', 400],
  'a folder by dot segments below the root': ['GET /a/..//./admin/x', 403],
  'a folder by an escaped slash': ['GET /a%2f..%2fadmin', 403],
  'a name with a line feed behind it': ['GET /x.php%0a', 403],
  'a name with a carriage return in it': ['GET /x%0d.bak', 403],
  'an internal location': ['GET /internal/kept.txt', 404],
  'an internal location by an escape': ['GET /%69nternal//kept.txt', 404],
  'a NUL': ['GET /static/open.txt%00.php', 400],
  'no password': ['GET /login', 401],
  'a wrong password': ['GET /login', 401, basic('alice', 'secret')],
  'a password up to a hash sign': ['GET /login', 401, basic('alice', 'se')],
  'an empty password': ['GET /login', 401, basic('bob', '')],
  'an empty password where there is none': ['GET /login', 401, basic('carl', '')],
  'a user of a comment': ['GET /login', 401, basic('# eve', 'eve')],
  'no user': ['GET /login', 401, basic('', '')],
  'a password that is very long': ['GET /login', 401, basic('dave', 'x'.repeat(4000))],
  'a user that nobody knows': ['GET /login', 401, basic('nobody', 'x')],
  'neither of two': ['GET /either', 401],
  'one of both': ['GET /both', 403, basic('alice', 'se#cret')],
};
for (const [name, [line, status, ...headers]] of Object.entries(denied)) {
  test(`no way in: ${name}`, async () => {
    const answer = await ask(line, ...headers);
    assert.deepEqual({ status: answer.status, reached: answer.reached }, { status, reached: false });
  });
}

const allowed: Readonly<Record<string, readonly [line: string, body: string, ...headers: string[]]>> = {
  'a method that is excepted': ['GET /', 'ok'],
  'the same with an if that holds': ['GET /?x=1', 'ok'],
  'an answer': ['GET /answer', 'answered'],
  'another name': ['GET /x.phpx', 'ok'],
  'a password with a hash sign': ['GET /login', 'ok', basic('alice', 'se#cret')],
  'a password that is a hash sign': ['GET /login', 'ok', basic('bob', '#')],
  'one of two': ['GET /either', 'ok', basic('alice', 'se#cret')],
  'an internal location by the backend': ['GET /accel?to=/internal/kept.txt', 'kept'],
  'a file': ['GET /static/open.txt', 'open'],
  'a file by its argument': ['GET /tried?f=open.txt', 'open'],
};
for (const [name, [line, body, ...headers]] of Object.entries(allowed)) {
  test(`a way in: ${name}`, async () => {
    assert.deepEqual(await ask(line, ...headers).then((answer) => answer.body), body);
  });
}

for (const line of [
  'GET /static/../secret.txt',
  'GET /static/%2e%2e/secret.txt',
  'GET /static/..%2fsecret.txt',
  'GET /slashless../secret.txt',
  'GET /slashless..//secret.txt',
  'GET /slashless../files/../secret.txt',
  'GET /tried?f=../secret.txt',
  'GET /tried?f=internal/../../secret.txt',
  'GET /accel?to=/../secret.txt',
  'GET /accel?to=/static/%2e%2e/secret.txt',
  'GET /accel?to=/slashless../secret.txt',
]) {
  test(`no file outside of the folder: ${line}`, async () => {
    const { status, body } = await ask(line);
    assert.ok(!body.includes('secret'), body);
    if (!line.startsWith('GET /static/..') && !line.startsWith('GET /static/%2e')) assert.notEqual(status, 200);
  });
}
