// Switching protocols through the proxy.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const handshake = request(
  'GET /socket HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
);

compareWithNginx({
  title: 'upgrades',
  respond(head, socket) {
    if (!/^upgrade: websocket/im.test(head)) return 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain';
    if (head.includes('/refuse')) return 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n';
    socket.once('data', (data) => socket.end(Buffer.concat([Buffer.from('echo '), data])));
    return 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhello ';
  },
  http: `
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location / { proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /socket { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /refuse { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }`,
  exchanges: [
    {
      name: 'a WebSocket',
      send: [handshake, { after: 'hello ', send: 'ping' }],
      shows: /101 Switching Protocols[\s\S]*hello echo ping$/,
    },
    { name: 'bytes right behind the request', send: `${handshake}early`, shows: /hello echo early$/ },
    { name: 'refused by the upstream', send: get('/refuse', 'Upgrade: websocket'), shows: /403/ },
    { name: 'not asked for', send: get('/socket'), shows: /plain$/ },
    { name: 'not configured', send: get('/', 'Upgrade: websocket'), shows: /plain$/ },
  ],
});
