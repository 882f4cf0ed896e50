// Time limits toward the client and toward the upstream: a second each, the least that nginx's own tests use.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'time limits',
  // How much of a response that never becomes complete goes out is a matter of buffers.
  normalise: (text) => text.replace(/half$/, ''),
  respond(head, socket) {
    if (head.includes('/silent')) return undefined;
    if (head.includes('/half-head')) return 'HTTP/1.1 200 OK\r\nContent-';
    if (head.includes('/half-body')) return 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    return undefined;
  },
  http: `
    client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s; proxy_read_timeout 1s; lingering_timeout 1s;
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location / { proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /page { error_page 504 =200 /late; proxy_pass http://127.0.0.1:%%BACKEND%%/silent; }
        location /late { return 200 "late\\n"; }
        location /return { return 200 "x"; }
    }`,
  exchanges: [
    { name: 'an upstream that is silent', send: get('/silent'), shows: /504 Gateway Time-out/ },
    { name: 'an upstream that stops in the head', send: get('/half-head'), shows: /504/ },
    { name: 'an upstream that stops in the body', send: get('/half-body'), shows: /Content-Length: 10/ },
    { name: 'a page for it', send: get('/page'), shows: /late/ },
    { name: 'a client that says nothing', send: [], shows: /^$/ },
    { name: 'a client that stops in the head', send: 'GET / HTTP/1.1\r\nHost', shows: /^$/ },
    {
      name: 'a client that stops in the body',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 5')}ab`,
      shows: /408 Request Time-out|^$/,
    },
    {
      name: 'a connection that is kept for a second',
      send: request('GET /return HTTP/1.1', 'Host: localhost'),
      shows: /keep-alive/,
    },
  ],
});
