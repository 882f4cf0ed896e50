// The head and the body that the upstream gets.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'the request to the upstream',
  http: `
    proxy_set_header X-Http yes;
    map $http_x_kind $kind { default plain; a first; ~^b(?<rest>.*) $rest; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        client_max_body_size 100;
        location / { proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /own {
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Empty "";
            proxy_set_header Cookie "";
            proxy_set_header X-Kind $kind;
            proxy_set_header X-Request "$request_method $request_uri $server_protocol $args";
            proxy_pass http://127.0.0.1:%%BACKEND%%;
        }
        location /eleven { proxy_http_version 1.1; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /alive { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /method { proxy_method PUT; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /nobody { proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /nohead { proxy_pass_request_headers off; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /body { proxy_set_body "body of $arg_a"; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /stream { proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /hostport { proxy_set_header Host $host:$server_port; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /proxyhost { proxy_set_header X-A "$proxy_host $proxy_port"; proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_1%%;
        server_name underscores;
        underscores_in_headers on;
        location / { proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_2%%;
        ignore_invalid_headers off;
        location / { proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }`,
  exchanges: [
    {
      name: 'the head of a plain request',
      send: get('/a?b', 'User-Agent: test', 'Accept: */*', 'X-Own: 1'),
      shows: /200 OK/,
    },
    {
      name: 'hop-by-hop fields',
      send: get(
        '/',
        'Keep-Alive: 5',
        'TE: trailers',
        'Upgrade: x',
        'Proxy-Connection: a',
        'Proxy-Authorization: b',
        'Proxy: p',
      ),
      shows: /200 OK/,
    },
    {
      name: 'fields named by Connection stay',
      send: request('GET / HTTP/1.1', 'Host: localhost', 'X-Foo: 1', 'Connection: close, X-Foo'),
      shows: /200 OK/,
    },
    { name: 'fields twice', send: get('/', 'X-Two: 1', 'X-Two: 2', 'Cookie: a=1', 'Cookie: b=2'), shows: /200 OK/ },
    {
      name: 'the operator\u2019s own',
      send: get('/own?q=1', 'X-Real-IP: 6.6.6.6', 'x-empty: here', 'Cookie: secret', 'X-Kind: a'),
      shows: /200 OK/,
    },
    { name: 'forwarded by one', send: get('/own', 'X-Forwarded-For: 1.1.1.1'), shows: /200 OK/ },
    {
      name: 'forwarded by two lines',
      send: get('/own', 'X-Forwarded-For: 1.1.1.1', 'X-Forwarded-For: 2.2.2.2'),
      shows: /200 OK/,
    },
    { name: 'forwarded by nobody', send: get('/own', 'X-Forwarded-For: '), shows: /200 OK/ },
    {
      name: 'untouched where nothing is set',
      send: get('/', 'X-Forwarded-For: 1.1.1.1', 'X-Forwarded-For: 2.2.2.2'),
      shows: /200 OK/,
    },
    { name: 'a map with a regex', send: get('/own', 'X-Kind: bcd'), shows: /200 OK/ },
    { name: 'HTTP/1.1 upstream', send: get('/eleven'), shows: /200 OK/ },
    { name: 'a connection that is kept', send: get('/alive'), shows: /200 OK/ },
    { name: 'another method', send: get('/method'), shows: /200 OK/ },
    {
      name: 'a body left out',
      send: `${request('POST /nobody HTTP/1.1', 'Host: localhost', 'Content-Length: 3', 'Connection: close')}abc`,
      shows: /200 OK/,
    },
    { name: 'headers left out', send: get('/nohead', 'X-A: 1'), shows: /200 OK/ },
    { name: 'a body of the operator', send: get('/body?a=b'), shows: /200 OK/ },
    {
      name: 'a body',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 3', 'Content-Type: text/plain', 'Connection: close')}abc`,
      shows: /200 OK/,
    },
    {
      name: 'an empty body',
      send: request('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 0', 'Connection: close'),
      shows: /200 OK/,
    },
    {
      name: 'a POST without a length',
      send: request('POST / HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /200 OK/,
    },
    {
      name: 'a chunked body gets a length',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked', 'Connection: close')}3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n`,
      shows: /200 OK/,
    },
    {
      name: 'a chunked body that streams',
      send: `${request('POST /stream HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked', 'Connection: close')}3\r\nabc\r\n0\r\n\r\n`,
      shows: /200 OK/,
    },
    {
      name: 'bad chunks',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked', 'Connection: close')}zz\r\nabc\r\n0\r\n\r\n`,
      shows: /400 Bad Request/,
    },
    {
      name: 'as large as allowed',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 100', 'Connection: close')}${'a'.repeat(100)}`,
      shows: /200 OK/,
    },
    {
      name: 'a byte too large',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 101', 'Connection: close')}`,
      shows: /413 Request Entity Too Large/,
    },
    {
      name: 'chunks too large',
      send: `${request('POST / HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked', 'Connection: close')}65\r\n${'a'.repeat(101)}\r\n0\r\n\r\n`,
      shows: /413/,
    },
    { name: 'a host with its port', send: get('/hostport'), shows: /200 OK/ },
    { name: '$proxy_host and $proxy_port', send: get('/proxyhost'), shows: /200 OK/ },
    { name: 'HEAD', send: request('HEAD /a HTTP/1.1', 'Host: localhost', 'Connection: close'), shows: /200 OK/ },
    {
      name: 'other methods',
      send: request('PROPFIND /a HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /200 OK/,
    },
    {
      name: 'unknown methods',
      send: request('FOO_BAR /a HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /200 OK/,
    },
    { name: 'HTTP/1.0 of the client', send: request('GET /a HTTP/1.0', 'Host: localhost'), shows: /200 OK/ },
    {
      name: 'Expect',
      send: [
        request('POST / HTTP/1.1', 'Host: localhost', 'Expect: 100-continue', 'Content-Length: 3', 'Connection: close'),
        { after: '100 Continue\r\n\r\n', send: 'abc' },
      ],
      shows: /100 Continue[\s\S]*200 OK/,
    },
    { name: 'underscores are dropped', send: get('/', 'X_Under: 1', 'X-Good: 2'), shows: /200 OK/ },
    { name: 'unless asked for', port: 1, send: get('/', 'X_Under: 1'), shows: /200 OK/ },
    { name: 'other odd names are dropped', send: get('/', 'X.Dot: 1', 'X(a: 2', 'X-Good: 3'), shows: /200 OK/ },
    { name: 'unless they are let pass', port: 2, send: get('/', 'X.Dot: 1'), shows: /200 OK/ },
  ],
});
