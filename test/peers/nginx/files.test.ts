// Files: roots, aliases, indexes, types, and what is no file.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'files',
  // Boundaries of several parts are counted by the process.
  normalise: (text) => text.replace(/\b0{6}\d{14}\b/g, '(boundary)'),
  files: {
    'html/index.html': 'index\n',
    'html/empty.txt': '',
    'html/a b.txt': 'space\n',
    'html/big.txt': 'line\n'.repeat(20_000),
    'html/sub/index.html': 'sub index\n',
    'html/sub/home.htm': 'home\n',
    'html/none/file.txt': 'no index here\n',
    'other/x.txt': 'other x\n',
    'other/deep/y.json': '{}\n',
    'types.conf': 'types { text/html html htm; text/plain txt; application/json json; }\n',
    'health/ok': 'healthy\n',
  },
  http: `
    include types.conf;
    default_type application/octet-stream;
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        root html;
        location / { index index.html; }
        location /sub/ { index missing.html home.htm; }
        location /other/ { root %%DIR%%; }
        location /alias/ { alias other/; }
        location /one { alias other/x.txt; }
        location ~ ^/rx/(.*)$ { alias other/$1; }
        location /health { root .; default_type text/plain; try_files /health/ok =503; }
        location /no-etag { etag off; alias other/x.txt; }
        location /exact-time { if_modified_since before; alias other/x.txt; }
        location /ranges-off { max_ranges 0; alias other/x.txt; }
        location /absolute { index /other.html; }
        location = /other.html { return 200 "by index\\n"; }
        location /autoindex-off/ { alias html/none/; }
    }`,
  exchanges: [
    ...[
      '/',
      '/index.html',
      '/empty.txt',
      '/a%20b.txt',
      '/big.txt',
      '/sub',
      '/sub/',
      '/sub/index.html',
      '/none',
      '/none/',
      '/none/file.txt',
      '/other/x.txt',
      '/alias/x.txt',
      '/alias/deep/y.json',
      '/alias/',
      '/one',
      '/rx/x.txt',
      '/rx/',
      '/health',
      '/no-etag',
      '/ranges-off',
      '/missing',
      '/index.html/',
      '/autoindex-off/',
      '/../etc/passwd',
      '/sub/../index.html',
      '/%2e%2e/x',
      '/other/deep',
      '/sub?a=b',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP\/1.1/ })),
    ...[
      'bytes=0-3',
      'bytes=2-',
      'bytes=-2',
      'bytes=0-0,2-3',
      'bytes=99-',
      'bytes=3-1',
      'lines=1-2',
      'bytes=a-b',
      'bytes=0-99999',
    ].map((range) => ({
      name: `Range: ${range}`,
      send: get('/index.html', `Range: ${range}`),
      shows: /^HTTP\/1.1/,
    })),
    ...[
      'If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT',
      'If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT',
      'If-Unmodified-Since: Fri, 02 Jan 2026 03:04:05 GMT',
      'If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT',
      'If-None-Match: "69573585-6"',
      'If-None-Match: *',
      'If-None-Match: W/"69573585-6", "x"',
      'If-Match: "x"',
      'If-Match: *',
      'If-Range: "x"\r\nRange: bytes=0-1',
      'If-Range: "69573585-6"\r\nRange: bytes=0-1',
    ].map((line) => ({
      name: line.replace('\r\n', ', '),
      send: get('/index.html', line),
      shows: /^HTTP\/1.1/,
    })),
    {
      name: 'a later time, exactly compared',
      send: get('/index.html', 'If-Modified-Since: Sat, 03 Jan 2026 00:00:00 GMT'),
      shows: /200/,
    },
    {
      name: 'a later time, compared as before',
      send: get('/exact-time', 'If-Modified-Since: Sat, 03 Jan 2026 00:00:00 GMT'),
      shows: /304/,
    },
    {
      name: 'HEAD',
      send: request('HEAD /index.html HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /Content-Length: 6/,
    },
    {
      name: 'PUT',
      send: request('PUT /index.html HTTP/1.1', 'Host: localhost', 'Content-Length: 0', 'Connection: close'),
      shows: /405/,
    },
    {
      name: 'OPTIONS',
      send: request('OPTIONS /index.html HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /405/,
    },
    {
      name: 'a file and then a missing one',
      send: request('GET /index.html HTTP/1.1', 'Host: localhost') + get('/missing'),
      shows: /index[\s\S]*404/,
    },
  ],
});
