// Access logs: formats, escaping, conditions, several, none.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'access logs',
  files: { 'html/file': 'content\n' },
  http: `
    log_format own '$remote_addr [$request] $status $body_bytes_sent "$http_x" $request_length $bytes_sent $uri $args $is_args|$arg_a|$remote_user';
    log_format json escape=json '{"uri":"$uri","x":"$http_x","none":"$http_none","user":"$remote_user"}';
    log_format none escape=none '$uri $http_x $http_none.';
    log_format up '$upstream_addr|$upstream_status|$upstream_response_length|$upstream_http_x|$upstream_cookie_a|$sent_http_x|$sent_http_content_type|$sent_http_location|$proxy_host|$proxy_port';
    map $status $bad { ~^[45] 1; default 0; }
    access_log all.log own;
    server { listen 127.0.0.1:%%PORT_0%%;
      location /r { return 200 ok; }
      location /two { access_log a.log own; access_log b.log none; return 200 two; }
      location /json { access_log j.log json; return 200 json; }
      location /off { access_log off; return 200 off; }
      location /if { access_log if.log own if=$arg_log; return 200 if; }
      location /bad { access_log bad.log own if=$bad; try_files $uri =404; }
      location /var { access_log $arg_file.log own; return 200 var; }
      location /up { access_log up.log up; proxy_pass http://127.0.0.1:%%BACKEND%%; }
      location /gone { access_log up.log up; proxy_pass http://127.0.0.1:1; error_page 502 = /up/again; }
      location /redirect { access_log up.log up; return 301 /there; }
      location / { } }`,
  respond: (head) =>
    `HTTP/1.1 ${/again/.test(head) ? 201 : 200} OK\r\nX: y\r\nSet-Cookie: a=b; Path=/\r\nContent-Type: text/x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok`,
  exchanges: [
    { name: 'plain', send: get('/r?a=1&b'), shows: /200/ },
    { name: 'strange characters', send: get('/r/%22%5C%7f?"<>', 'X: a"b\\c\td\u00e9'), shows: /200/ },
    { name: 'a user', send: get('/r', `Authorization: Basic ${btoa('me:pw')}`), shows: /200/ },
    { name: 'HEAD', send: request('HEAD /file HTTP/1.1', 'Host: x', 'Connection: close'), shows: /200/ },
    { name: 'HTTP/0.9', send: 'GET /file\r\n', shows: /content/ },
    { name: 'a request that is none', send: 'BAD\x01\r\n\r\n', shows: /400/ },
    { name: 'no host', send: request('GET /r HTTP/1.1'), shows: /400/ },
    {
      name: 'a body',
      send: `${request('POST /r HTTP/1.1', 'Host: x', 'Content-Length: 3', 'Connection: close')}abc`,
      shows: /200/,
    },
    { name: 'not found', send: get('/none'), shows: /404/ },
    { name: 'two logs', send: get('/two', 'X: 1'), shows: /two/ },
    { name: 'json', send: get('/json/%22%0a', 'X: a"b\\c\td\u00e9'), shows: /json/ },
    { name: 'off', send: get('/off'), shows: /off/ },
    { name: 'if', send: get('/if?log=1'), shows: /if/ },
    { name: 'if 0', send: get('/if?log=0'), shows: /if/ },
    { name: 'if empty', send: get('/if'), shows: /if/ },
    { name: 'by status', send: get('/bad/none'), shows: /404/ },
    { name: 'a name with variables', send: get('/var?file=named'), shows: /var/ },
    { name: 'upstream', send: get('/up'), shows: /200/ },
    { name: 'two upstreams', send: get('/gone'), shows: /201/ },
    { name: 'redirect', send: get('/redirect'), shows: /301/ },
  ],
  logs: ['all.log', 'a.log', 'b.log', 'j.log', 'if.log', 'bad.log', 'named.log', 'up.log'],
});
