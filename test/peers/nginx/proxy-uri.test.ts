// The URI that goes to the upstream: the four meanings of the URI part of proxy_pass, and variables in it.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'the URI of proxy_pass',
  http: `
    upstream named { server 127.0.0.1:%%BACKEND%%; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location /none { proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /slash { proxy_pass http://127.0.0.1:%%BACKEND%%/; }
        location /slashed/ { proxy_pass http://127.0.0.1:%%BACKEND%%/; }
        location /uri/ { proxy_pass http://127.0.0.1:%%BACKEND%%/x/; }
        location /cut { proxy_pass http://127.0.0.1:%%BACKEND%%/y; }
        location /args/ { proxy_pass http://127.0.0.1:%%BACKEND%%/z?fixed=1; }
        location = /exact { proxy_pass http://127.0.0.1:%%BACKEND%%/only; }
        location ~ ^/regex/ { proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /var/ { proxy_pass http://127.0.0.1:%%BACKEND%%/v$uri?u=$arg_u; }
        location /varhost/ { set $backend 127.0.0.1:%%BACKEND%%; proxy_pass http://$backend; }
        location /varuri/ { proxy_pass http://127.0.0.1:%%BACKEND%%$request_uri; }
        location ~ ^/cap/(.*)$ { proxy_pass http://127.0.0.1:%%BACKEND%%/c/$1; }
        location /up/ { proxy_pass http://named/n/; }
        location /varup/ { set $name named; proxy_pass http://$name; }
        location /rewritten/ { rewrite ^/rewritten/(.*)$ /new/$1 break; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /rewritten-uri/ { rewrite ^/rewritten-uri/(.*)$ /new/$1 break; proxy_pass http://127.0.0.1:%%BACKEND%%/gone/; }
    }`,
  exchanges: [
    ...[
      '/none',
      '/none/def//x/../y',
      '/none/%2e%2e/none/a',
      '/none/a%20b?c=d%26',
      '/none?',
      '/none/\u00e9',
      '/none/"<>',
      '/slash',
      '/slash/a',
      '/slasha/b',
      '/slashed/a/b?c',
      '/uri/',
      '/uri/a%2Fb',
      '/uri/a%20b?q=1',
      '/uri//x',
      '/uri/a/./b/../c',
      '/uri/%3f%23%25',
      '/uri/%C3%A9',
      '/uri/a+b',
      '/cut',
      '/cuts/x',
      '/args/',
      '/args/a?b=c',
      '/exact',
      '/exact?a',
      '/regex/a%2Fb/../c',
      '/var/a+b?u=1%202&v=3',
      '/varhost/a%20b/../c?x',
      '/varuri/a%20b?x',
      '/cap/a,b?x=y',
      '/up/one',
      '/varup/one?two',
      '/rewritten/a%20b?c=d',
      '/rewritten-uri/a?c=d',
    ].map((target) => ({ name: `GET ${target}`, send: get(target), shows: /200 OK/ })),
    {
      name: 'no slash at the end: a redirect',
      send: get('/uri'),
      shows: /301 Moved[\s\S]*Location: http:\/\/localhost:\S+\/uri\/\r/,
    },
    { name: 'the redirect keeps the arguments', send: get('/uri?a=b'), shows: /\/uri\/\?a=b\r/ },
    {
      name: 'absolute form',
      send: request('GET http://Localhost:99/none/x?y HTTP/1.1', 'Host: other', 'Connection: close'),
      shows: /200 OK/,
    },
    {
      name: 'absolute form with a URI',
      send: request('GET http://localhost/uri/x?y HTTP/1.1', 'Host: other', 'Connection: close'),
      shows: /200 OK/,
    },
  ],
});
