// Bodies of requests: in memory or in a file, and what variables tell of them.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const post = (target: string, body: string, ...lines: readonly string[]): string =>
  `${request(`POST ${target} HTTP/1.1`, 'Host: localhost', `Content-Length: ${body.length}`, ...lines, 'Connection: close')}${body}`;
const chunked = (target: string, ...chunks: readonly string[]): string => {
  const head = request(`POST ${target} HTTP/1.1`, 'Host: localhost', 'Transfer-Encoding: chunked', 'Connection: close');
  return `${head}${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
};
const long = (size: number): string => '0123456789abcdef'.repeat(size / 16);

compareWithNginx({
  title: 'bodies of requests',
  normalise: (text) => text.replace(/temporary\/client_body\/\d+|client_body_temp\/[\w-]+/g, '(temporary file)'),
  http: `
    log_format own '$request_body';
    map $request_body_file $kept { "" memory; default file; }
    server { listen 127.0.0.1:%%PORT_0%%; client_max_body_size 0;
      location /plain { proxy_set_header X-Body $request_body; proxy_set_header X-Kept $kept; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /small { client_body_buffer_size 1k; proxy_set_header X-Body $request_body; proxy_set_header X-Kept $kept; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /tiny { client_body_buffer_size 16; proxy_set_header X-Body $request_body; proxy_set_header X-Kept $kept; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /file { client_body_in_file_only clean; proxy_set_header X-Body $request_body; proxy_set_header X-Kept $kept; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /set { proxy_set_body "own $request_method"; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /setbody { proxy_set_body "<$request_body>"; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /nobody { proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header X-Body $request_body; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /nohead { proxy_pass_request_headers off; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /method { proxy_method PUT; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /stream { proxy_request_buffering off; proxy_http_version 1.1; proxy_set_header X-Body $request_body; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /again { error_page 502 = /plain/again; proxy_pass http://127.0.0.1:1; }
      location /log { access_log body.log own; return 200 "$request_body|\\n"; } }`,
  exchanges: [
    ...[
      '/plain',
      '/small',
      '/tiny',
      '/file',
      '/set',
      '/setbody',
      '/nobody',
      '/nohead',
      '/method',
      '/stream',
      '/again',
      '/log',
    ].flatMap((path) => [
      { name: `${path} without`, send: get(path), shows: /^HTTP/ },
      { name: `${path} of 3 bytes`, send: post(path, 'abc'), shows: /^HTTP/ },
      { name: `${path} empty`, send: post(path, ''), shows: /^HTTP/ },
      { name: `${path} in chunks`, send: chunked(path, 'abc', 'defgh'), shows: /^HTTP/ },
    ]),
    ...['/plain', '/small', '/tiny', '/setbody'].flatMap((path) =>
      [512, 1024, 1136, 1264, 1280, 2048, 16384, 20464, 20480, 40000].map((size) => ({
        name: `${path} of ${size} bytes`,
        send: post(path, long(size)),
        shows: /^HTTP/,
      })),
    ),
    { name: 'in two pieces', send: [post('/small', long(2048)).slice(0, -8)], halfClose: true, shows: /^$|400/ },
    ...['/plain', '/small', '/tiny'].map((path) => ({
      name: `${path}, long chunks`,
      send: chunked(path, long(1024), long(16384), long(4096)),
      shows: /^HTTP/,
    })),
  ],
  logs: ['body.log'],
});
