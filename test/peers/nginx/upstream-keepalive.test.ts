// Connections to upstreams that are kept, and requests that go to another server.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'connections to upstreams, and the next server',
  http: `
    upstream kept { server 127.0.0.1:%%BACKEND%%; keepalive 2; }
    upstream few { server 127.0.0.1:%%BACKEND%%; keepalive 1; keepalive_requests 2; }
    upstream pair { server 127.0.0.1:%%BACKEND%% max_fails=0; server localhost:%%BACKEND%% max_fails=0; }
    upstream half { server 127.0.0.1:1; server 127.0.0.1:%%BACKEND%%; }
    upstream dead { server 127.0.0.1:1; server 127.0.0.1:1 backup; }
    upstream none { server 127.0.0.1:%%BACKEND%% down; }
    server { listen 127.0.0.1:%%PORT_0%%; add_header X-Asked "$upstream_addr $upstream_status" always;
      location /kept { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://kept; }
      location /old { proxy_set_header Connection ""; proxy_pass http://kept; }
      location /few { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://few; }
      location /pair { proxy_next_upstream error timeout http_500 http_404; proxy_pass http://pair; }
      location /pair503 { proxy_next_upstream http_503 non_idempotent; proxy_pass http://pair; }
      location /once { proxy_next_upstream http_500; proxy_next_upstream_tries 1; proxy_pass http://pair; }
      location /off { proxy_next_upstream off; proxy_pass http://pair; }
      location /invalid { proxy_next_upstream invalid_header; proxy_pass http://pair; }
      location /half { proxy_pass http://half; }
      location /dead { proxy_pass http://dead; }
      location /none { proxy_pass http://none; }
      location /noport { proxy_pass http://127.0.0.1:1; }
      location /var { set $u pair; proxy_pass http://$u; } }`,
  respond: (head, socket, connection) => {
    const [line = ''] = head.split('\r\n');
    const wanted = /\/(\d{3})/.exec(line)?.[1] ?? '200';
    if (line.includes('/cut')) return void socket.destroy();
    if (line.includes('/junk')) return 'HTTP/1.1 200 OK\r\n: x\r\n\r\n';
    const close = line.includes('/close') ? 'Connection: close\r\n' : '';
    const number = connection.received.split('\r\n\r\n').length - 1;
    if (line.includes('/chunked'))
      return `HTTP/1.1 ${wanted} S\r\nX-Number: ${number}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`;
    return `HTTP/1.1 ${wanted} S\r\nX-Number: ${number}\r\n${close}Content-Length: 2\r\n\r\n${line.startsWith('HEAD') || wanted === '304' ? '' : 'ok'}`;
  },
  exchanges: [
    ...['/kept', '/kept/2', '/kept/chunked', '/kept/close', '/kept/5', '/old', '/kept/304', '/kept/6'].map((path) => ({
      name: `GET ${path}`,
      send: get(path),
      shows: /^HTTP/,
    })),
    { name: 'HEAD', send: request('HEAD /kept HTTP/1.1', 'Host: x', 'Connection: close'), shows: /200/ },
    { name: 'after HEAD', send: get('/kept/7'), shows: /200/ },
    { name: 'after a connection that was cut', send: get('/kept/cut'), shows: /502/ },
    ...[1, 2, 3, 4, 5].map((count) => ({ name: `few ${count}`, send: get(`/few/${count}`), shows: /200/ })),
    ...[
      '/pair/500',
      '/pair/404',
      '/pair/503',
      '/pair503/503',
      '/once/500',
      '/off/500',
      '/pair/cut',
      '/off/cut',
      '/invalid/junk',
      '/pair/junk',
      '/half',
      '/half/2',
      '/dead',
      '/none',
      '/noport',
      '/var/x',
      '/pair/200',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP/ })),
    ...['/pair/500', '/pair503/503', '/pair/cut'].map((path) => ({
      name: `POST ${path}`,
      send: `${request(`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Length: 1', 'Connection: close')}a`,
      shows: /^HTTP/,
    })),
  ],
});
