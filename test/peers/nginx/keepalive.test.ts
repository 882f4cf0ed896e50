// Several requests on one connection: keep-alive, pipelining, bodies that nobody reads.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const keep = (target: string, ...lines: readonly string[]): string =>
  request(`GET ${target} HTTP/1.1`, 'Host: localhost', ...lines);
const post = (target: string, body: string, ...lines: readonly string[]): string =>
  `${request(`POST ${target} HTTP/1.1`, 'Host: localhost', `Content-Length: ${body.length}`, ...lines)}${body}`;

compareWithNginx({
  title: 'connections that are kept',
  files: { 'html/file': 'content of the file\n', 'html/dir/index.html': 'index\n' },
  http: `
    server { listen 127.0.0.1:%%PORT_0%%; keepalive_requests 3;
      location /r { return 200 "$connection_requests $pipe\\n"; }
      location /off { keepalive_timeout 0; return 200 "off\\n"; }
      location /told { keepalive_timeout 10s 20s; return 200 "told\\n"; }
      location /up { proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /nolimit { client_max_body_size 0; return 200 "n\\n"; }
      location /small { client_max_body_size 4; return 200 "small\\n"; }
      location /smallup { client_max_body_size 4; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /plain { chunked_transfer_encoding off; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location / { } }`,
  exchanges: [
    { name: 'three at once', send: keep('/r') + keep('/r') + get('/r'), shows: /3 p/ },
    { name: 'no more than keepalive_requests', send: keep('/r') + keep('/r') + keep('/r') + keep('/r'), shows: /3 p/ },
    {
      name: 'one after the other',
      send: [keep('/r'), { after: '1 .\n', send: keep('/r') }, { after: '2 .\n', send: get('/r') }],
      shows: /3/,
    },
    { name: 'HTTP/1.0', send: request('GET /r HTTP/1.0', 'Host: localhost'), shows: /close/ },
    {
      name: 'HTTP/1.0 that is kept',
      send: request('GET /r HTTP/1.0', 'Connection: keep-alive') + request('GET /r HTTP/1.0'),
      shows: /keep-alive[\s\S]*close/,
    },
    { name: 'keepalive_timeout 0', send: keep('/off'), shows: /close/ },
    { name: 'Keep-Alive', send: keep('/told') + get('/told'), shows: /Keep-Alive: timeout=20/ },
    { name: 'files', send: keep('/file') + keep('/dir/') + get('/none'), shows: /index[\s\S]*404/ },
    { name: 'a body that is not read', send: post('/r', 'abc') + get('/r'), shows: /2/ },
    {
      name: 'a chunked body that is not read',
      send: `${request('POST /r HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n${get('/r')}`,
      shows: /2/,
    },
    { name: 'a body for the backend', send: post('/up', 'abc') + get('/r'), shows: /2/ },
    {
      name: 'a body in two pieces',
      send: [post('/r', 'ab').slice(0, -1), { after: '1 .', send: `b${get('/r')}` }],
      shows: /2/,
    },
    { name: 'too large', send: post('/small', 'abcde') + get('/r'), shows: /413/ },
    { name: 'too large for the backend', send: post('/smallup', 'abcde') + get('/r'), shows: /413/ },
    {
      name: 'too large in chunks',
      send: `${request('POST /smallup HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked')}5\r\nabcde\r\n0\r\n\r\n${get('/r')}`,
      shows: /413/,
    },
    {
      name: 'too large in chunks that nobody reads',
      send: `${request('POST /small HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked')}5\r\nabcde\r\n0\r\n\r\n${get('/r')}`,
      shows: /200/,
    },
    { name: 'as large as allowed', send: post('/small', 'abcd') + get('/r'), shows: /200/ },
    { name: 'without a limit', send: post('/nolimit', 'abcd') + get('/r'), shows: /200/ },
    {
      name: 'Expect with a body',
      send: [
        post('/up', '', 'Expect: 100-continue', 'Connection: close').replace('Length: 0', 'Length: 3'),
        { after: '100 Continue\r\n\r\n', send: 'abc' },
      ],
      shows: /100 Continue[\s\S]*200/,
    },
    {
      name: 'Expect in HTTP/1.0',
      send: `${request('POST /up HTTP/1.0', 'Content-Length: 3', 'Expect: 100-continue')}abc`,
      shows: /200/,
    },
    {
      name: 'Expect with a body that is too large',
      send: post('/small', 'abcde', 'Expect: 100-continue'),
      shows: /413/,
    },
    {
      name: 'bad chunks',
      send: `${request('POST /up HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked')}x\r\n`,
      shows: /400/,
    },
    { name: 'a half-closed connection and a file', send: get('/file'), halfClose: true, shows: /content/ },
    { name: 'not chunked', send: keep('/plain') + get('/r'), shows: /200/ },
    { name: 'a page for an error, and on', send: keep('/none') + get('/r'), shows: /404[\s\S]*200/ },
    { name: 'POST to a file', send: post('/file', 'a') + get('/r'), shows: /405/ },
    {
      name: 'OPTIONS of a file',
      send: request('OPTIONS /file HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /405/,
    },
    {
      name: 'HEAD of a file',
      send: request('HEAD /file HTTP/1.1', 'Host: localhost') + get('/r'),
      shows: /Content-Length: 20/,
    },
    { name: 'HEAD from the backend', send: request('HEAD /up HTTP/1.1', 'Host: localhost') + get('/r'), shows: /200/ },
  ],
});
