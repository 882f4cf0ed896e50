// Where a client comes from: set_real_ip_from and the PROXY protocol.

import { compareWithNginx, get } from '../../support/nginx-oracle.ts';

const show =
  'return 200 "$remote_addr|$realip_remote_addr|$proxy_protocol_addr|$proxy_protocol_port|$proxy_protocol_server_addr|$proxy_protocol_server_port|$proxy_add_x_forwarded_for\\n";';

compareWithNginx({
  title: 'addresses of clients',
  http: `
    server { listen 127.0.0.1:%%PORT_0%%;
      location /real { set_real_ip_from 127.0.0.1; ${show} }
      location /xff { set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; ${show} }
      location /recursive { set_real_ip_from 127.0.0.1; set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For; real_ip_recursive on; ${show} }
      location /custom { set_real_ip_from 127.0.0.0/8; real_ip_header X-Client; ${show} }
      location /strange { set_real_ip_from 192.0.2.1; ${show} }
      location /deny { set_real_ip_from 127.0.0.1; deny 192.0.2.1; ${show} }
      location /up { set_real_ip_from 127.0.0.1; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://127.0.0.1:%%BACKEND%%; } }
    server { listen 127.0.0.1:%%PORT_1%% proxy_protocol; location / { ${show} }
      location /trusted { set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol; ${show} } }`,
  exchanges: [
    ...['/real', '/strange', '/deny', '/custom', '/up'].flatMap((path) =>
      [
        ['X-Real-IP: 192.0.2.1'],
        ['X-Real-IP: 192.0.2.2:80'],
        ['X-Real-IP: [2001:db8::1]:80'],
        ['X-Real-IP: x'],
        [],
        ['X-Client: 192.0.2.9'],
      ].map((lines) => ({ name: `${path} ${lines}`, send: get(path, ...lines), shows: /^HTTP/ })),
    ),
    ...['/xff', '/recursive'].flatMap((path) =>
      [
        ['X-Forwarded-For: 192.0.2.1'],
        ['X-Forwarded-For: 192.0.2.1, 10.0.0.1'],
        ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 10.0.0.1'],
        ['X-Forwarded-For: 192.0.2.1,10.0.0.1, 10.0.0.2'],
        ['X-Forwarded-For: bad, 10.0.0.1'],
        ['X-Forwarded-For: 10.0.0.1'],
        ['X-Forwarded-For: '],
      ].map((lines) => ({ name: `${path} ${lines}`, send: get(path, ...lines), shows: /^HTTP/ })),
    ),
    ...['/', '/trusted'].flatMap((path) =>
      [
        'PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n',
        'PROXY TCP6 2001:db8::1 2001:db8::2 123 5678\r\n',
        'PROXY UNKNOWN\r\n',
        'PROXY UNKNOWN 1 2 3 4 5 6\r\n',
        '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x7b\x16\x2e',
        '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0',
      ].map((header) => ({
        name: `${path} ${JSON.stringify(header)}`,
        port: 1,
        send: header + get(path),
        shows: /^HTTP/,
      })),
    ),
    { name: 'no PROXY header', port: 1, send: get('/'), shows: /^$/ },
    { name: 'a broken PROXY header', port: 1, send: `PROXY TCP4 1 2\r\n${get('/')}`, shows: /^$/ },
  ],
});
