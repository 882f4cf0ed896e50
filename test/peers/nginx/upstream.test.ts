// Groups of upstream servers: who is asked, in which order, and who is asked next.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'groups of servers',
  respond(head, socket) {
    const path = /^\S+ (\S+)/.exec(head)?.[1] ?? '';
    const server = /^host: (\S+)/im.exec(head)?.[1] ?? '';
    if (path.includes('503') && server === 'one') socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n');
    else if (path.includes('cut')) socket.destroy();
    else socket.end(`HTTP/1.1 200 OK\r\nX-From: ${server}\r\nContent-Length: 0\r\n\r\n`);
    return undefined;
  },
  http: `
    upstream dead { server 127.0.0.1:1; server 127.0.0.1:%%BACKEND%%; }
    upstream alldead { server 127.0.0.1:1; server 127.0.0.1:2; }
    upstream backup { server 127.0.0.1:1 max_fails=0; server 127.0.0.1:%%BACKEND%% backup; }
    upstream down { server 127.0.0.1:1 down; server 127.0.0.1:%%BACKEND%%; }
    upstream tries { server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:%%BACKEND%%; }
    upstream weights { server 127.0.0.1:1 weight=3 max_fails=0; server 127.0.0.1:2 weight=2 max_fails=0; server 127.0.0.1:3 max_fails=0; }
    upstream hashed { hash $arg_k; server 127.0.0.1:1 max_fails=0; server 127.0.0.1:2 max_fails=0; server 127.0.0.1:3 weight=2 max_fails=0; }
    upstream consistent { hash $arg_k consistent; server 127.0.0.1:1 max_fails=0; server 127.0.0.1:2 max_fails=0; server 127.0.0.1:3 weight=2 max_fails=0; }
    upstream iphash { ip_hash; server 127.0.0.1:1 max_fails=0; server 127.0.0.1:2 max_fails=0; server 127.0.0.1:3 max_fails=0; }
    upstream least { least_conn; server 127.0.0.1:1 weight=2 max_fails=0; server 127.0.0.1:2 max_fails=0; }
    upstream kept { server 127.0.0.1:%%BACKEND%%; keepalive 2; }
    upstream same { server 127.0.0.1:%%BACKEND%%; server 127.0.0.1:%%BACKEND%%; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        add_header X-Asked "$upstream_addr | $upstream_status" always;
        proxy_set_header Host $arg_h;
        proxy_next_upstream error timeout http_503;
        location /dead { proxy_pass http://dead; }
        location /alldead { proxy_pass http://alldead; }
        location /backup { proxy_pass http://backup; }
        location /down { proxy_pass http://down; }
        location /tries { proxy_next_upstream_tries 2; proxy_pass http://tries; }
        location /off { proxy_next_upstream off; proxy_pass http://weights; }
        location /weights { proxy_next_upstream off; proxy_pass http://weights; }
        location /hashed { proxy_next_upstream off; proxy_pass http://hashed; }
        location /consistent { proxy_next_upstream off; proxy_pass http://consistent; }
        location /iphash { proxy_next_upstream off; proxy_pass http://iphash; }
        location /least { proxy_next_upstream off; proxy_pass http://least; }
        location /kept { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://kept; }
        location /same { proxy_pass http://same; }
    }`,
  exchanges: [
    ...[
      '/dead',
      '/dead',
      '/dead',
      '/alldead',
      '/alldead',
      '/backup',
      '/down',
      '/tries',
      '/same',
      '/same/503?h=one',
      '/same/cut',
      '/least',
      '/least',
      '/least',
      '/iphash',
      '/iphash',
    ].map((path, index) => ({
      name: `${index}: GET ${path}`,
      send: get(path),
      shows: /X-Asked/,
    })),
    ...Array.from({ length: 12 }, (_, n) => ({
      name: `by weight, request ${n + 1}`,
      send: get('/weights'),
      shows: /X-Asked/,
    })),
    ...['a', 'b', 'c', 'key-4', 'key-5', '', '10.0.0.1'].flatMap((key) =>
      ['/hashed', '/consistent'].map((path) => ({
        name: `${path} ${key}`,
        send: get(`${path}?k=${key}`),
        shows: /X-Asked/,
      })),
    ),
    {
      name: 'a POST is not sent again',
      send: `${request('POST /same/cut HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Connection: close')}a`,
      shows: /502/,
    },
    {
      name: 'a POST that was not sent is',
      send: `${request('POST /dead HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Connection: close')}a`,
      shows: /200|502/,
    },
  ],
});
