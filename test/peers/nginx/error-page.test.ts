// `error_page`, `internal`, named locations, `try_files` and what is redirected inside.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'pages for errors',
  files: {
    'html/404.html': 'the page for 404\n',
    'html/there.html': 'there\n',
    'html/d/index.html': 'index of d\n',
    'html/d/x.html': 'x of d\n',
  },
  http: `
    error_page 405 /405.html;
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location /file { error_page 404 /404.html; return 404; }
        location /status { error_page 404 =200 /404.html; return 404; }
        location /from { error_page 404 = /answer; return 404; }
        location = /answer { return 201 "answer $uri $request_uri $status\\n"; }
        location /named { error_page 403 404 = @fallback; return 403; }
        location @fallback { return 202 "fallback $uri\\n"; }
        location /named-keeps { error_page 403 @fallback; return 403; }
        location /url { error_page 404 http://other.test/page; return 404; }
        location /url301 { error_page 404 =301 http://other.test/page; return 404; }
        location /var { error_page 404 /p$uri?$args; return 404; }
        location /p/ { return 200 "p $uri $args\\n"; }
        location /loop { error_page 404 /loop2; return 404; }
        location /loop2 { error_page 404 /loop3; return 404; }
        location /rec { recursive_error_pages on; error_page 404 /rec2; return 404; }
        location /rec2 { recursive_error_pages on; error_page 404 /answer; return 404; }
        location /endless { recursive_error_pages on; error_page 404 /endless; return 404; }
        location /method { error_page 404 /echo; return 404; }
        location /echo { return 200 "$request_method $uri\\n"; }
        location /inner { internal; return 200 "inner\\n"; }
        location /to-inner { error_page 404 =200 /inner; return 404; }
        location /empty { error_page 404 =204 /nothing; return 404; }
        location /nothing { return 204; }
        location /try { try_files $uri /there.html; }
        location /try-status { try_files $uri =418; }
        location /try-named { try_files $uri $uri/ @fallback; }
        location /try-args { try_files /missing /p/$uri?a=$arg_a; }
        location /d { }
        location /dir/ { alias html/d/; }
        location /405 { return 405; }
        location /missing-page { error_page 404 /no-such.html; return 404; }
        location /large { client_max_body_size 1; error_page 413 /answer; return 200 "x"; }
    }`,
  exchanges: [
    ...[
      '/file',
      '/status',
      '/from',
      '/named',
      '/named-keeps',
      '/url',
      '/url301',
      '/var?x=y',
      '/loop',
      '/rec',
      '/endless',
      '/method',
      '/inner',
      '/to-inner',
      '/empty',
      '/try',
      '/try-status',
      '/try-named',
      '/try-args?a=1',
      '/d',
      '/d/',
      '/d/x.html',
      '/dir/x.html',
      '/dir/',
      '/dir/none',
      '/405',
      '/missing-page',
      '/there.html',
      '/no-such-file',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP\/1.1/ })),
    {
      name: 'a POST becomes a GET',
      send: `${request('POST /method HTTP/1.1', 'Host: localhost', 'Content-Length: 2', 'Connection: close')}ab`,
      shows: /GET \/echo/,
    },
    {
      name: 'a HEAD stays one',
      send: request('HEAD /method HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /404/,
    },
    {
      name: 'a POST to a file',
      send: request('POST /there.html HTTP/1.1', 'Host: localhost', 'Content-Length: 0', 'Connection: close'),
      shows: /405/,
    },
    {
      name: 'after a body that is too large',
      send: request('POST /large HTTP/1.1', 'Host: localhost', 'Content-Length: 5', 'Connection: close'),
      shows: /^HTTP\/1.1/,
    },
    {
      name: 'a file, not modified',
      send: get('/there.html', 'If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT'),
      shows: /304 Not Modified/,
    },
    { name: 'a file, by its tag', send: get('/there.html', 'If-None-Match: "69573585-6"'), shows: /304|200/ },
    { name: 'a part of a file', send: get('/404.html', 'Range: bytes=4-7'), shows: /206 Partial Content/ },
    { name: 'the end of a file', send: get('/404.html', 'Range: bytes=-4'), shows: /206 Partial Content/ },
    { name: 'a part that is not there', send: get('/404.html', 'Range: bytes=400-'), shows: /416/ },
    {
      name: 'HEAD of a file',
      send: request('HEAD /there.html HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /Content-Length: 6/,
    },
  ],
});
