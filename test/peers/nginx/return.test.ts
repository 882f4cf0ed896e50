// `return`: statuses, texts, redirects and the built-in pages.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'return and the built-in pages',
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location /text { return 200 "text of $uri"; }
        location /type { default_type application/json; return 200 '{"a":"$arg_a"}'; }
        location /empty { return 200; }
        location /204 { return 204; }
        location /301 { return 301 /else?x=$arg_x; }
        location /302 { return http://other.example/$uri; }
        location /307 { return 307 /seven; }
        location /308 { return 308 https://$host$request_uri; }
        location /400 { return 400; }
        location /401 { return 401; }
        location /403 { return 403; }
        location /404 { return 404; }
        location /404text { return 404 "not here"; }
        location /405 { return 405; }
        location /410 { return 410; }
        location /418 { return 418; }
        location /429 { return 429; }
        location /444 { return 444; }
        location /500 { return 500; }
        location /501 { return 501; }
        location /502 { return 502; }
        location /503 { return 503; }
        location /504 { return 504; }
        location /505 { return 505; }
        location /507 { return 507; }
        location /599 { return 599; }
        location /relative { absolute_redirect off; return 301 /there; }
        location /tokens { server_tokens off; return 403; }
    }`,
  exchanges: [
    { name: 'a text with a variable', send: get('/text/%41'), shows: /\r\n\r\ntext of \/text\/A$/ },
    { name: 'a text of another type', send: get('/type?a=b'), shows: /application\/json/ },
    { name: 'no text', send: get('/empty'), shows: /^HTTP\/1.1 200 OK/ },
    { name: '204', send: get('/204'), shows: /^HTTP\/1.1 204 No Content/ },
    {
      name: 'a redirect to a path is made absolute',
      send: get('/301?x=1'),
      shows: /Location: http:\/\/localhost:\S+\/else\?x=1/,
    },
    { name: 'a redirect to a URL', send: get('/302'), shows: /^HTTP\/1.1 302/ },
    { name: '307', send: get('/307'), shows: /307 Temporary Redirect/ },
    { name: '308', send: get('/308?q'), shows: /308 Permanent Redirect/ },
    { name: 'a redirect that stays relative', send: get('/relative'), shows: /Location: \/there\r/ },
    {
      name: 'HEAD has no body',
      send: request('HEAD /404 HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /\r\n\r\n$/,
    },
    {
      name: 'POST is answered likewise',
      send: request('POST /text HTTP/1.1', 'Host: localhost', 'Content-Length: 2', 'Connection: close').concat('ab'),
      shows: /text of/,
    },
    { name: 'without a version in the pages', send: get('/tokens'), shows: /<center>nginx<\/center>/ },
    { name: '404 with a text', send: get('/404text'), shows: /not here$/ },
    { name: '444 says nothing', send: get('/444'), shows: /^$/ },
    ...[400, 401, 403, 404, 405, 410, 418, 429, 500, 501, 502, 503, 504, 505, 507, 599].map((status) => ({
      name: `${status}`,
      send: get(`/${status}`),
      shows: new RegExp(`^HTTP/1.1 ${status}`),
    })),
    {
      name: 'a page for a browser that hides short ones',
      send: get('/404', 'User-Agent: Mozilla/4.0 (compatible; MSIE 6.0)'),
      shows: /a padding to disable MSIE/,
    },
    {
      name: 'Chrome gets the padding, too',
      send: get('/404', 'User-Agent: Mozilla/5.0 Chrome/100.0'),
      shows: /a padding/,
    },
    { name: 'HTTP/1.0', send: request('GET /text HTTP/1.0', 'Host: localhost'), shows: /Connection: close/ },
    { name: 'HTTP/1.0 without a host', send: request('GET /301 HTTP/1.0'), shows: /Location: http:\/\/127.0.0.1:/ },
    {
      name: 'two requests of one connection',
      send: [request('GET /text HTTP/1.1', 'Host: localhost') + get('/404')],
      shows: /text of[\s\S]*404 Not Found/,
    },
    { name: 'HTTP/0.9', send: 'GET /text\r\n', shows: /^text of/ },
  ],
});
