// Who may: `allow`, `deny`, `auth_basic`, `satisfy`, `limit_except`, `set_real_ip_from`.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const basic = (text: string): string => `Authorization: Basic ${Buffer.from(text).toString('base64')}`;

compareWithNginx({
  title: 'access',
  files: {
    passwords: [
      'plain:{PLAIN}secret',
      'sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=',
      'apr:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/',
      'comment:{PLAIN}pass:a comment',
    ].join('\n'),
  },
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location / { return 204; }
        location /deny { deny all; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /allow { allow 127.0.0.0/8; deny all; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /order { deny 127.0.0.1; allow all; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /other { allow 10.0.0.0/8; deny all; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /return { deny all; return 200 "rewrite comes first\\n"; }
        location /basic { auth_basic "a realm"; auth_basic_user_file passwords; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /basic/off { auth_basic off; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /nofile { auth_basic realm; auth_basic_user_file no-such-file; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /any { satisfy any; deny all; auth_basic realm; auth_basic_user_file passwords; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /any-address { satisfy any; allow 127.0.0.1; deny all; auth_basic realm; auth_basic_user_file passwords; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /all { satisfy all; allow 127.0.0.1; auth_basic realm; auth_basic_user_file passwords; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /except { limit_except GET { deny all; } proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /page { error_page 403 /why; deny all; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location = /why { return 200 "because of $uri\\n"; }
        location /user { auth_basic realm; auth_basic_user_file passwords; proxy_set_header X-User $remote_user; proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_1%%;
        server_name localhost;
        set_real_ip_from 127.0.0.1;
        set_real_ip_from 10.0.0.0/8;
        real_ip_header X-Forwarded-For;
        location / { return 200 "$remote_addr $realip_remote_addr\\n"; }
        location /recursive { real_ip_recursive on; return 200 "$remote_addr\\n"; }
        location /deny { deny 192.0.2.1; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /forwarded { proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_2%%;
        set_real_ip_from 127.0.0.1;
        location / { return 200 "$remote_addr $remote_port\\n"; }
    }
    server {
        listen 127.0.0.1:%%PORT_3%% proxy_protocol;
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        location / { return 200 "$remote_addr $remote_port $proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port\\n"; }
    }`,
  exchanges: [
    ...[
      '/deny',
      '/allow',
      '/order',
      '/other',
      '/return',
      '/basic',
      '/basic/off',
      '/nofile',
      '/any',
      '/any-address',
      '/all',
      '/except',
      '/page',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP\/1.1/ })),
    ...[
      'plain:secret',
      'plain:wrong',
      'sha:pass',
      'sha:wrong',
      'apr:myPassword',
      'apr:x',
      'comment:pass',
      'nobody:x',
      'plain',
      ':',
      'plain:',
    ].map((user) => ({ name: `as ${user}`, send: get('/basic', basic(user)), shows: /^HTTP\/1.1 (200|401)/ })),
    { name: 'not basic', send: get('/basic', 'Authorization: Bearer x'), shows: /401/ },
    { name: 'no base64', send: get('/basic', 'Authorization: Basic %%%'), shows: /^HTTP\/1.1/ },
    { name: 'any, with a password', send: get('/any', basic('plain:secret')), shows: /200/ },
    { name: 'all, with a password', send: get('/all', basic('plain:secret')), shows: /200/ },
    { name: '$remote_user', send: get('/user', basic('plain:secret')), shows: /200/ },
    {
      name: 'a method that is let through',
      send: request('HEAD /except HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /200/,
    },
    {
      name: 'a method that is not',
      send: request('POST /except HTTP/1.1', 'Host: localhost', 'Content-Length: 0', 'Connection: close'),
      shows: /403/,
    },
    ...['192.0.2.1', '192.0.2.1, 192.0.2.2', '192.0.2.1, 10.1.1.1', 'junk', '2001:db8::1', '192.0.2.1:99', ''].flatMap(
      (value) =>
        ['/', '/recursive', '/deny', '/forwarded'].map((path) => ({
          name: `${path} from ${value}`,
          port: 1,
          send: get(path, `X-Forwarded-For: ${value}`),
          shows: /^HTTP\/1.1/,
        })),
    ),
    {
      name: 'two lines',
      port: 1,
      send: get('/recursive', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 10.0.0.1'),
      shows: /10.0.0.1/,
    },
    { name: 'X-Real-IP by default', port: 2, send: get('/', 'X-Real-IP: 192.0.2.7'), shows: /192.0.2.7/ },
    {
      name: 'PROXY version 1',
      port: 3,
      send: `PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n${get('/')}`,
      shows: /192.0.2.1/,
    },
    {
      name: 'PROXY version 1 over IPv6',
      port: 3,
      send: `PROXY TCP6 2001:db8::1 2001:db8::2 1111 2222\r\n${get('/')}`,
      shows: /2001:db8::1/,
    },
    { name: 'PROXY UNKNOWN', port: 3, send: `PROXY UNKNOWN\r\n${get('/')}`, shows: /^HTTP\/1.1/ },
    { name: 'no PROXY header', port: 3, send: get('/'), shows: /^$/ },
  ],
});
