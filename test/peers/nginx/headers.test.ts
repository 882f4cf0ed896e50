// `add_header`, `expires`, `add_trailer`, `server_tokens`, `default_type`.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'headers of the response',
  files: { 'html/page.html': 'page\n', 'html/a.txt': 'text\n', 'html/a.unknown': 'unknown\n' },
  http: `
    types { text/html html; text/plain txt; }
    default_type application/octet-stream;
    add_header X-Http http;
    map $status $always { ~^2 good; default bad; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location / { }
        location /own { add_header X-Own "own $uri"; add_header X-Own second; add_header X-Empty ""; return 200 "x"; }
        location /error { add_header X-Sometimes 1; add_header X-Always "$always" always; return 404; }
        location /redirect { add_header X-Redirect 1; return 301 /x; }
        location /tokens { server_tokens off; return 200 "x"; }
        location /epoch { expires epoch; return 200 "x"; }
        location /max { expires max; return 200 "x"; }
        location /off { expires off; return 200 "x"; }
        location /minus { expires -1; return 200 "x"; }
        location /cache { add_header Cache-Control private; add_header Cache-Control max-age=5; return 200 "x"; }
        location /last { add_header Last-Modified "Mon, 01 Jan 2024 00:00:00 GMT"; return 200 "x"; }
        location /last-off { alias html/; add_header Last-Modified ""; etag off; }
        location /trailer { add_trailer X-Trailer "t $uri"; return 200 "x"; }
        location /charset { charset utf-8; default_type text/plain; return 200 "x"; }
        location /type { default_type ""; return 200 "x"; }
        location /location { add_header Location /there; return 200 "x"; }
        location /content-type { default_type "text/x; a=b"; return 200 "x"; }
        location /alive { keepalive_timeout 65 20; return 200 "x"; }
        location /dead { keepalive_timeout 0; return 200 "x"; }
    }`,
  exchanges: [
    ...[
      '/page.html',
      '/a.txt',
      '/a.unknown',
      '/own',
      '/error',
      '/redirect',
      '/tokens',
      '/epoch',
      '/max',
      '/off',
      '/minus',
      '/cache',
      '/last',
      '/last-off/page.html',
      '/trailer',
      '/charset',
      '/type',
      '/location',
      '/content-type',
      '/missing',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP\/1.1/ })),
    {
      name: 'the connection is kept',
      send: [request('GET /alive HTTP/1.1', 'Host: localhost'), { after: '\r\n\r\n', send: get('/alive') }],
      shows: /Keep-Alive: timeout=20/,
    },
    {
      name: 'the connection is not kept',
      send: request('GET /dead HTTP/1.1', 'Host: localhost'),
      shows: /Connection: close/,
    },
    {
      name: 'HTTP/1.0 that wants to stay',
      send: [
        request('GET /alive HTTP/1.0', 'Host: localhost', 'Connection: keep-alive'),
        { after: '\r\n\r\n', send: get('/alive') },
      ],
      shows: /Connection: keep-alive/,
    },
  ],
});
