// Variables that nginx makes of a request, a connection and a response.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const names = [
  'arg_a',
  'args',
  'binary_remote_addr',
  'content_length',
  'content_type',
  'cookie_c',
  'document_root',
  'document_uri',
  'host',
  'http_x_y',
  'https',
  'is_args',
  'limit_rate',
  'nginx_version_dummy',
  'proxy_protocol_addr',
  'query_string',
  'realpath_root',
  'remote_addr',
  'remote_port',
  'remote_user',
  'request',
  'request_body',
  'request_completion',
  'request_filename',
  'request_method',
  'request_uri',
  'scheme',
  'server_addr',
  'server_name',
  'server_port',
  'server_protocol',
  'status',
  'uri',
  'http_host',
  'http_user_agent',
  'http_referer',
  'http_cookie',
  'http_x_forwarded_for',
  'connection_requests',
  'pipe',
  'request_length',
  'body_bytes_sent',
  'bytes_sent',
  'proxy_add_x_forwarded_for',
  'ssl_protocol',
  'ssl_client_verify',
  'ssl_client_s_dn',
  'http_via',
  'http2',
  'sent_http_content_type',
  'upstream_addr',
  'upstream_status',
].filter((name) => name !== 'nginx_version_dummy' && name !== 'binary_remote_addr');

compareWithNginx({
  title: 'variables',
  respond: () =>
    'HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-Up: yes\r\nSet-Cookie: sid=42; Path=/\r\nCache-Control: a\r\nCache-Control: b\r\n\r\nbody',
  normalise: (text) => text.replace(/(?<=(?:request_length|bytes_sent|remote_port)=)\d+/g, '(number)'),
  files: {},
  http: `
    log_format all escape=none '${names.map((name) => `${name}=$${name}`).join(' ')}';
    log_format up '$upstream_addr $upstream_status $upstream_response_length $upstream_http_x_up $upstream_cookie_sid $upstream_http_cache_control $status $body_bytes_sent $sent_http_x_up $sent_http_content_length $request_completion $uri $request_uri';
    log_format json escape=json '{"uri":"$uri","agent":"$http_user_agent","referer":"$http_referer","missing":"$http_missing"}';
    map $status $loggable { ~^2 1; default 0; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost second.test;
        access_log all.log all;
        location /ret { return 200 "${names
          .filter((name) => !/sent|upstream|completion|status/.test(name))
          .map((name) => `${name}=$${name}`)
          .join('\\n')}\\n"; }
        location /up { access_log up.log up; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /twice { access_log up.log up; error_page 502 @second; proxy_pass http://127.0.0.1:1; }
        location @second { access_log up.log up; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /combined { access_log combined.log; return 200 "x"; }
        location /json { access_log json.log json; return 200 "x"; }
        location /cond { access_log cond.log combined if=$arg_log; access_log cond2.log combined if=$loggable; return 200 "x"; }
        location /cond404 { access_log cond2.log combined if=$loggable; return 404; }
        location /off { access_log off; return 200 "x"; }
        location /read { proxy_pass http://127.0.0.1:%%BACKEND%%; proxy_set_header X-Body $request_body; }
    }`,
  logs: ['all.log', 'up.log', 'combined.log', 'json.log', 'cond.log', 'cond2.log'],
  exchanges: [
    {
      name: 'of a plain request',
      send: get('/ret?a=1&b=2', 'X-Y: z', 'Cookie: c=cookie; d=e', 'User-Agent: ua'),
      shows: /arg_a=1/,
    },
    { name: 'of HTTP/1.0', send: request('GET /ret HTTP/1.0'), shows: /HTTP\/1.0/ },
    { name: 'of an encoded path', send: get('/ret/%41%20b?%41=%42'), shows: /uri=\/ret\/A b/ },
    {
      name: 'of the second name',
      send: request('GET /ret HTTP/1.1', 'Host: SECOND.test:81', 'Connection: close'),
      shows: /host=second.test/,
    },
    {
      name: 'of a body',
      send: `${request('POST /ret HTTP/1.1', 'Host: localhost', 'Content-Length: 3', 'Content-Type: text/x', 'Connection: close')}abc`,
      shows: /content_length=3/,
    },
    {
      name: 'of the second request',
      send: request('GET /ret HTTP/1.1', 'Host: localhost') + get('/ret'),
      shows: /connection_requests=2/,
    },
    { name: 'of arguments in any case', send: get('/ret?A=upper&a=lower&a=again'), shows: /arg_a=/ },
    { name: 'of an upstream', send: get('/up/x?y'), shows: /201/ },
    { name: 'of two upstreams', send: get('/twice'), shows: /502/ },
    {
      name: 'combined',
      send: get('/combined?"x', 'Referer: http://a/"b\\c', 'User-Agent: caf\u00e9\x7f'),
      shows: /200/,
    },
    { name: 'json', send: get('/json/%22%0a', 'Referer: "quoted\\', 'User-Agent: tab\tbed'), shows: /200/ },
    { name: 'logged where the condition holds', send: get('/cond?log=1'), shows: /200/ },
    { name: 'not where it is 0', send: get('/cond?log=0'), shows: /200/ },
    { name: 'not where it is empty', send: get('/cond'), shows: /200/ },
    { name: 'by status', send: get('/cond404'), shows: /404/ },
    { name: 'not at all', send: get('/off'), shows: /200/ },
    {
      name: 'the body as a variable',
      send: `${request('POST /read HTTP/1.1', 'Host: localhost', 'Content-Length: 3', 'Connection: close')}abc`,
      shows: /201/,
    },
  ],
});

compareWithNginx({
  title: 'logs that are switched off',
  http: `
    access_log off;
    access_log http.log combined;
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location /inherited { return 200 "x"; }
        location /own { access_log own.log combined; return 200 "x"; }
        location /both { access_log own.log combined; access_log off; return 200 "x"; }
    }`,
  logs: ['own.log'],
  exchanges: ['/inherited', '/own', '/both'].map((path) => ({ name: path, send: get(path), shows: /200 OK/ })),
});
