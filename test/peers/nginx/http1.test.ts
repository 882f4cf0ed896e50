// HTTP/1 as nginx reads it: what it forgives, what it refuses, and with which words.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const end = 'Connection: close\r\n\r\n';

compareWithNginx({
  title: 'the syntax of requests',
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        client_header_buffer_size 256;
        large_client_header_buffers 2 512;
        location / { return 200 "$request_method $uri $args $server_protocol [$http_x] [$http_host]\\n"; }
        location /up { proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }`,
  exchanges: [
    {
      name: 'lines that end with LF',
      send: 'GET /lf HTTP/1.1\nHost: localhost\nConnection: close\n\n',
      shows: /GET \/lf/,
    },
    { name: 'LF, forwarded', send: 'GET /up HTTP/1.1\nHost: localhost\nX: 1\nConnection: close\n\n', shows: /200 OK/ },
    { name: 'empty lines before', send: `\r\n\r\n${get('/x')}`, shows: /200 OK/ },
    { name: 'HTTP/0.9', send: 'GET /old\r\n', shows: /^GET \/old/ },
    { name: 'several spaces', send: `GET   /a   HTTP/1.1  \r\nHost: localhost\r\n${end}`, shows: /HTTP\/1.1/ },
    { name: 'HTTP/1.2', send: `GET / HTTP/1.2\r\nHost: localhost\r\n${end}`, shows: /HTTP\/1.1/ },
    { name: 'HTTP/2.0', send: `GET / HTTP/2.0\r\nHost: localhost\r\n${end}`, shows: /505/ },
    { name: 'HTTP/1', send: `GET / HTTP/1\r\nHost: localhost\r\n${end}`, shows: /400/ },
    { name: 'no such protocol', send: `GET / XTTP/1.1\r\nHost: localhost\r\n${end}`, shows: /400/ },
    { name: 'a lower-case method', send: `get / HTTP/1.1\r\nHost: localhost\r\n${end}`, shows: /400/ },
    { name: 'junk', send: '\x16\x03\x01junk\r\n\r\n', shows: /400/ },
    { name: 'TRACE', send: `TRACE /up HTTP/1.1\r\nHost: localhost\r\n${end}`, shows: /405/ },
    { name: 'CONNECT', send: `CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n${end}`, shows: /HTTP\/1.1 4/ },
    {
      name: 'a header without a colon',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nnocolon\r\n${end}`,
      shows: /HTTP\/1.1/,
    },
    {
      name: 'a space before the colon',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nX : 1\r\n${end}`,
      shows: /HTTP\/1.1/,
    },
    { name: 'spaces around a value', send: `GET / HTTP/1.1\r\nHost: localhost\r\nX: \t a b  \r\n${end}`, shows: /a b/ },
    {
      name: 'a folded line',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n folded\r\n${end}`,
      shows: /HTTP\/1.1/,
    },
    { name: 'a zero byte in a header', send: `GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n${end}`, shows: /400/ },
    { name: 'a CR in a header', send: `GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n${end}`, shows: /HTTP\/1.1/ },
    {
      name: 'high bytes in a header',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nX: caf\u00e9\r\n${end}`,
      shows: /200/,
    },
    { name: 'a header twice', send: `GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\r\nX: 2\r\n${end}`, shows: /200/ },
    {
      name: 'Content-Length twice',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n${end}a`,
      shows: /400/,
    },
    {
      name: 'Content-Length that is none',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1x\r\n${end}a`,
      shows: /400/,
    },
    {
      name: 'a negative Content-Length',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n${end}`,
      shows: /400/,
    },
    {
      name: 'both framings',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
      shows: /400/,
    },
    {
      name: 'another coding',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n${end}`,
      shows: /501/,
    },
    {
      name: 'two codings',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n${end}`,
      shows: /501/,
    },
    {
      name: 'chunked twice',
      send: `POST /up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
      shows: /400/,
    },
    {
      name: 'chunked in HTTP/1.0',
      send: 'POST /up HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      shows: /400/,
    },
    { name: 'two hosts', send: `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n${end}`, shows: /400/ },
    {
      name: 'Authorization twice',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: a\r\nAuthorization: b\r\n${end}`,
      shows: /HTTP\/1.1/,
    },
    {
      name: 'User-Agent twice',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\r\nUser-Agent: b\r\n${end}`,
      shows: /HTTP\/1.1/,
    },
    {
      name: 'a head in pieces',
      send: ['GET /pie', 'ces HTT', 'P/1.1\r', '\nHo', `st: localhost\r\n${end}`],
      shows: /GET \/pieces/,
    },
    {
      name: 'a line that is too long',
      send: get('/', `X: ${'a'.repeat(600)}`),
      shows: /400 Request Header Or Cookie Too Large/,
    },
    { name: 'a line that just fits', send: get('/', `X: ${'a'.repeat(400)}`), shows: /200 OK/ },
    {
      name: 'too many lines',
      send: get('/', ...Array.from({ length: 40 }, (_, n) => `X-${n}: ${'a'.repeat(40)}`)),
      shows: /400/,
    },
    { name: 'a target that is too long', send: get(`/${'a'.repeat(600)}`), shows: /414 Request-URI Too Large/ },
    { name: 'a target that just fits', send: get(`/${'a'.repeat(400)}`), shows: /200 OK/ },
    { name: 'bytes in the target', send: get('/caf\u00e9"<>|'), shows: /200 OK/ },
    { name: 'control characters in the target', send: get('/a\x01b'), shows: /HTTP\/1.1/ },
    {
      name: 'a space in the target',
      send: 'GET /a b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      shows: /HTTP\/1.1/,
    },
    {
      name: 'pipelined',
      send: request('GET /1 HTTP/1.1', 'Host: localhost') + request('GET /2 HTTP/1.1', 'Host: localhost') + get('/3'),
      shows: /\/1[\s\S]*\/2[\s\S]*\/3/,
    },
    {
      name: 'a body before the next request',
      send: `${request('POST /1 HTTP/1.1', 'Host: localhost', 'Content-Length: 3')}abc${get('/2')}`,
      shows: /\/1[\s\S]*\/2/,
    },
    {
      name: 'chunks before the next request',
      send: `${request('POST /1 HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n${get('/2')}`,
      shows: /\/1[\s\S]*\/2/,
    },
    {
      name: 'junk behind a request',
      send: `${request('GET /1 HTTP/1.1', 'Host: localhost')}junk\r\n\r\n`,
      shows: /\/1[\s\S]*400/,
    },
    { name: 'nothing at all', send: '', halfClose: true, shows: /^$/ },
    { name: 'half a head', send: 'GET / HTTP/1.1\r\nHost', halfClose: true, shows: /^$/ },
    {
      name: 'a client that has said all',
      send: request('GET /1 HTTP/1.1', 'Host: localhost', 'Connection: close'),
      halfClose: true,
      shows: /\/1/,
    },
    {
      name: 'Connection: keep-alive, close',
      send: request('GET /1 HTTP/1.1', 'Host: localhost', 'Connection: keep-alive, close'),
      shows: /Connection: close/,
    },
    {
      name: 'Expect without a body to read',
      send: request('GET /1 HTTP/1.1', 'Host: localhost', 'Expect: 100-continue', 'Connection: close'),
      shows: /HTTP\/1.1/,
    },
    {
      name: 'another expectation',
      send: request('GET /1 HTTP/1.1', 'Host: localhost', 'Expect: miracles', 'Connection: close'),
      shows: /HTTP\/1.1/,
    },
  ],
});
