// What an upstream may order: X-Accel-Redirect and its like; trailers, ranges, conditions, intercepted errors.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'orders of the upstream',
  files: { 'html/internal/file': 'an internal file\n', 'html/e404.html': 'own 404\n' },
  http: `
    server { listen 127.0.0.1:%%PORT_0%%;
      location /up { proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /ignore { proxy_ignore_headers X-Accel-Redirect; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /pass { proxy_pass_header X-Accel-Redirect; proxy_ignore_headers X-Accel-Redirect; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /hide { proxy_hide_header X-Secret; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /internal/ { internal; add_header X-Uri $uri; }
      location /show { internal; return 200 "$uri $args $request_method\\n"; }
      location @named { return 200 "named $uri\\n"; }
      location /intercept { proxy_intercept_errors on; error_page 404 /e404.html; error_page 500 @named; error_page 401 =403 /show; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /ranges { proxy_force_ranges on; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /trail { add_trailer X-T "$uri"; add_trailer X-Empty ""; proxy_http_version 1.1; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /trailret { add_trailer X-T "$uri" always; return 404 "x\\n"; }
      location /e404.html { } }`,
  respond: (head) => {
    const [, path = '', , query = ''] = /^\w+ (\/\w+)(\?(\S*))?/.exec(head) ?? [];
    const lines = decodeURIComponent(query)
      .split('|')
      .filter((line) => line !== '');
    const status = /^\d+$/.test(lines[0] ?? '') ? lines.shift() : '200';
    return `HTTP/1.1 ${status} Status\r\n${lines.map((line) => `${line}\r\n`).join('')}X-Secret: s\r\nX-Path: ${path}\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabcdef`;
  },
  exchanges: [
    ...[
      '/up?X-Accel-Redirect: /internal/file',
      '/up?X-Accel-Redirect: /show?a=b|Set-Cookie: c=d|Cache-Control: x|X-Other: y',
      '/up?X-Accel-Redirect: @named|Content-Type: a/b',
      '/up?X-Accel-Redirect: @none',
      '/up?X-Accel-Redirect: /show%2541',
      '/up?X-Accel-Redirect: /../x',
      '/up?X-Accel-Redirect: relative',
      '/up?X-Accel-Redirect: /none',
      '/up?X-Accel-Redirect: /show|Location: /x|Content-Disposition: a',
      '/ignore?X-Accel-Redirect: /internal/file',
      '/pass?X-Accel-Redirect: /internal/file',
      '/hide?X-Secret: two|X-Kept: 1',
      '/up?X-Accel-Buffering: no|X-Accel-Expires: 10|X-Accel-Charset: koi8-r|Content-Type: text/html',
      '/up?Content-Type: text/html; charset="x"; a=b',
      '/up?304|ETag: "x"',
      '/up?206|Content-Range: bytes 0-5/10',
      '/up?404',
      '/intercept?404',
      '/intercept?500',
      '/intercept?401|WWW-Authenticate: Basic realm="x"',
      '/intercept?403',
      '/trail?',
      '/trail?404',
    ].map((target) => ({
      name: target,
      send: get(target.replaceAll(' ', '%20').replaceAll('"', '%22')),
      shows: /^HTTP/,
    })),
    {
      name: 'POST and X-Accel-Redirect',
      send: `${request('POST /up?X-Accel-Redirect:%20/show HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Connection: close')}a`,
      shows: /GET/,
    },
    {
      name: 'HEAD and X-Accel-Redirect',
      send: request('HEAD /up?X-Accel-Redirect:%20/internal/file HTTP/1.1', 'Host: x', 'Connection: close'),
      shows: /200/,
    },
    ...['bytes=0-1', 'bytes=2-', 'bytes=-1', 'bytes=9-', 'bytes=0-1,3-4', 'x'].map((range) => ({
      name: `Range: ${range}`,
      send: get('/ranges', `Range: ${range}`),
      shows: /^HTTP/,
    })),
    { name: 'a range that is the upstream’s', send: get('/up', 'Range: bytes=0-1'), shows: /200/ },
    {
      name: 'a condition that is the upstream’s',
      send: get('/up?ETag:%20%22x%22', 'If-None-Match: "x"'),
      shows: /200/,
    },
    { name: 'trailers without a file', send: get('/trailret'), shows: /404/ },
    { name: 'trailers in HTTP/1.0', send: request('GET /trail HTTP/1.0'), shows: /200/ },
    { name: 'internal', send: get('/internal/file'), shows: /404/ },
  ],
});
