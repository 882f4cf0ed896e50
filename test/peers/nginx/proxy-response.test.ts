// What of the upstream's response the client gets, and what it gets where there is none.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const answers: Readonly<Record<string, string>> = {
  '/plain': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\nX-Two: a\r\nX-Two: b\r\n\r\nhello',
  '/reason': 'HTTP/1.1 200 Very Fine\r\nContent-Length: 0\r\n\r\n',
  '/unknown': 'HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n',
  '/hidden':
    'HTTP/1.1 200 OK\r\nServer: backend\r\nDate: yesterday\r\nX-Pad: x\r\nX-Powered-By: y\r\nX-Accel-Buffering: no\r\nContent-Length: 0\r\n\r\n',
  '/pass': 'HTTP/1.1 200 OK\r\nServer: backend\r\nX-Pad: x\r\nX-Secret: s\r\nContent-Length: 0\r\n\r\n',
  '/chunked':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n',
  '/close': 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end',
  '/one-zero': 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold',
  '/nine': 'no head at all',
  '/204': 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n',
  '/304': 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n',
  '/404': 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nmine',
  '/500': 'HTTP/1.1 500 Broken\r\nContent-Length: 4\r\n\r\nmine',
  '/headers':
    'HTTP/1.1 200 OK\r\nCache-Control: no-cache\r\nExpires: never\r\nETag: "e"\r\nVary: Accept\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: x\r\nAccept-Ranges: bytes\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 1\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d; Path=/x\r\nWWW-Authenticate: Basic\r\nLink: </x>\r\n\r\nx',
  '/bad-header': 'HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 1\r\n\r\nx',
  '/bad-name': 'HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 1\r\n\r\nx',
  '/two-lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy',
  '/both': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
  '/bad-length': 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nx',
  '/short': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort',
  '/long': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger',
  '/big-head': `HTTP/1.1 200 OK\r\nX-Big: ${'a'.repeat(5000)}\r\nContent-Length: 1\r\n\r\nx`,
  '/lf': 'HTTP/1.1 200 OK\nContent-Length: 1\n\nx',
  '/nothing': '',
  '/100': 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
  '/accel':
    'HTTP/1.1 200 OK\r\nX-Accel-Redirect: /internal/file?a=b\r\nContent-Type: text/x\r\nSet-Cookie: k=v\r\nContent-Length: 1\r\n\r\nx',
};

compareWithNginx({
  title: 'the response of the upstream',
  respond(head, socket) {
    const path = /^\S+ (\/[^/? ]*)/.exec(head)?.[1] ?? '';
    const answer = answers[path] ?? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    socket.end(Buffer.from(answer, 'latin1'));
    return undefined;
  },
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location / { proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /pass { proxy_pass_header Server; proxy_pass_header X-Pad; proxy_hide_header X-Secret; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /kept/ { proxy_http_version 1.1; proxy_pass http://127.0.0.1:%%BACKEND%%/; }
        location /big-head { proxy_buffer_size 4k; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /unbuffered/ { proxy_buffering off; proxy_pass http://127.0.0.1:%%BACKEND%%/; }
        location /intercept/ { proxy_intercept_errors on; error_page 404 /mine; error_page 500 =200 @named; proxy_pass http://127.0.0.1:%%BACKEND%%/; }
        location = /mine { return 200 "my page for $status\\n"; }
        location @named { return 203 "named $uri\\n"; }
        location /internal/ { internal; return 200 "internal $uri $args\\n"; }
        location /refused { proxy_pass http://127.0.0.1:1; }
        location /refused-page { error_page 502 = @named; proxy_pass http://127.0.0.1:1; }
        location /nochunks { chunked_transfer_encoding off; proxy_pass http://127.0.0.1:%%BACKEND%%/close; }
        location /add { add_header X-Added "$upstream_status $upstream_http_x_one"; add_header X-Always 1 always; proxy_pass http://127.0.0.1:%%BACKEND%%/plain; }
        location /ignored { proxy_ignore_headers X-Accel-Redirect; proxy_pass http://127.0.0.1:%%BACKEND%%/accel; }
    }`,
  exchanges: [
    ...Object.keys(answers).map((path) => ({ name: `GET ${path}`, send: get(path), shows: /./ })),
    ...['/plain', '/chunked', '/close', '/204', '/304', '/404', '/accel'].map((path) => ({
      name: `HEAD ${path}`,
      send: request(`HEAD ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close'),
      shows: /^HTTP\/1.1/,
    })),
    ...['/plain', '/chunked', '/close', '/short'].map((path) => ({
      name: `HTTP/1.0 ${path}`,
      send: request(`GET ${path} HTTP/1.0`, 'Host: localhost'),
      shows: /^HTTP\/1.1/,
    })),
    ...[
      '/kept/chunked',
      '/kept/plain',
      '/unbuffered/chunked',
      '/unbuffered/short',
      '/intercept/404',
      '/intercept/500',
      '/intercept/plain',
      '/refused',
      '/refused-page',
      '/nochunks',
      '/add',
      '/ignored',
      '/internal/x',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP\/1.1/ })),
    {
      name: 'two responses on one connection',
      send: [request('GET /plain HTTP/1.1', 'Host: localhost'), { after: 'hello', send: get('/chunked') }],
      shows: /hello[\s\S]*world/,
    },
    {
      name: 'pipelined',
      send:
        request('GET /plain HTTP/1.1', 'Host: localhost') +
        request('GET /404 HTTP/1.1', 'Host: localhost') +
        get('/chunked'),
      shows: /hello[\s\S]*mine[\s\S]*world/,
    },
  ],
});

compareWithNginx({
  title: 'redirects and cookies of the upstream',
  respond(head, socket) {
    const target = /x-location: (.*)/i.exec(head)?.[1];
    const cookie = /x-cookie: (.*)/i.exec(head)?.[1];
    const lines = [
      ...(target === undefined ? [] : [`Location: ${target.trim()}`]),
      ...(cookie === undefined ? [] : [`Set-Cookie: ${cookie.trim()}`]),
      'Refresh: 5; url=http://127.0.0.1/up/refresh',
    ];
    socket.end(`HTTP/1.1 ${target === undefined ? 200 : 302} X\r\n${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
    return undefined;
  },
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location /default/ { proxy_pass http://127.0.0.1:%%BACKEND%%/up/; }
        location /off/ { proxy_redirect off; proxy_pass http://127.0.0.1:%%BACKEND%%/up/; }
        location /own/ {
            proxy_redirect http://one.test/ /eins/;
            proxy_redirect ~^http://(\\w+)\\.two\\.test/(.*)$ http://$host/$1/$2;
            proxy_redirect ~*^HTTP://UPPER /lower;
            proxy_redirect http://$proxy_host/ $scheme://$http_host/v/;
            proxy_pass http://127.0.0.1:%%BACKEND%%/up/;
        }
        location /cookie/ {
            proxy_cookie_domain one.test eins.test;
            proxy_cookie_domain ~\\.(two)\\.test$ $1.zwei;
            proxy_cookie_path /up/ /cookie/;
            proxy_cookie_path ~^/rx(.*)$ /r$1;
            proxy_cookie_flags flagged secure httponly samesite=strict;
            proxy_cookie_flags ~^un nosecure nohttponly nosamesite;
            proxy_pass http://127.0.0.1:%%BACKEND%%/up/;
        }
    }`,
  exchanges: [
    ...[
      'http://127.0.0.1:%/up/x',
      'http://127.0.0.1/up/x',
      '/up/x',
      '/other',
      'relative',
      'http://one.test/a',
      'http://sub.two.test/a',
      'http://upperx',
      'https://else.test/',
    ].flatMap((location) =>
      ['/default/', '/off/', '/own/'].map((path) => ({
        name: `${path} Location: ${location}`,
        send: get(path, `X-Location: ${location}`),
        shows: /302/,
      })),
    ),
    ...[
      'a=b; Domain=one.test; Path=/up/x',
      'a=b; domain=sub.two.test',
      'a=b; Path=/rx/y; Secure',
      'flagged=1',
      'flagged=1; Secure; SameSite=lax',
      'unflagged=1; Secure; HttpOnly; SameSite=Strict',
      'plain',
    ].map((cookie) => ({
      name: `cookie ${cookie}`,
      send: get('/cookie/', `X-Cookie: ${cookie}`),
      shows: /Set-Cookie/,
    })),
  ],
});
