// `rewrite`, `set`, `if`, `break`, and the variables made by `map`, `geo` and `split_clients`.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'the rewrite module',
  files: { 'html/real.html': 'real\n' },
  http: `
    map $arg_m $mapped { default none; one 1; two $arg_x; ~^re(.*)$ "regex $1"; ~*^UP upper; "" empty; }
    map $host$uri $volatile { hostnames; default d; *.wild.test/x w; }
    map "$arg_a:$arg_b" $pair { "1:2" yes; default no; }
    geo $country { default zz; 127.0.0.0/8 local; 10.0.0.0/8 ten; }
    geo $arg_ip $by_arg { default none; 10.1.0.0/16 ten-one; 10.0.0.0/8 ten; 192.168.1.1 single; }
    split_clients "$arg_s" $bucket { 50% half; 20% fifth; * rest; }
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        set $outer "server";
        if ($arg_early) { return 200 "early $arg_early\\n"; }
        rewrite ^/server/(.*)$ /echo/$1;
        rewrite ^/gone$ http://gone.test/x? redirect;
        location /echo { return 200 "$uri|$args|$outer\\n"; }
        location /last { rewrite ^/last/(.*)$ /echo/$1 last; return 200 "not reached"; }
        location /break { rewrite ^/break/(.*)$ /real.html break; }
        location /redirect { rewrite ^/redirect/(.*)$ /echo/$1 redirect; }
        location /permanent { rewrite ^/permanent/(.*)$ /echo/$1 permanent; }
        location /args { rewrite ^/args /echo?new=1; }
        location /noargs { rewrite ^/noargs /echo?new=1? ; }
        location /decode { rewrite ^/decode/(.*)$ /echo/$1?a=$1; }
        location /escape { rewrite ^/escape/(.*)$ /there/$1?a=$1 redirect; }
        location /icase { rewrite (?i)^/ICASE/(.)$ /echo/$1; }
        location /loop { rewrite ^/loop /loop; }
        location /set { set $a 1; set $b "$a-2"; set $a 3; return 200 "$a $b\\n"; }
        location /brace { set $a x; return 200 "\${a}y\\n"; }
        location /if { 
            set $r "";
            if ($request_method = POST) { set $r "\${r}post "; }
            if ($request_method != POST) { set $r "\${r}nopost "; }
            if ($http_x_a ~ ^v(\\d)) { set $r "\${r}re$1 "; }
            if ($http_x_a ~* ^V) { set $r "\${r}ci "; }
            if ($http_x_a !~ ^v) { set $r "\${r}not "; }
            if ($arg_z = "") { set $r "\${r}empty "; }
            if ($arg_zero) { set $r "\${r}zero "; }
            if (-f $document_root/real.html) { set $r "\${r}file "; }
            if (!-e $document_root/none) { set $r "\${r}missing "; }
            if (-d $document_root) { set $r "\${r}dir "; }
            return 200 "$r\\n";
        }
        location /iff { if ($arg_x = 1) { return 403; } if ($arg_x = 2) { rewrite ^ /echo/iff last; } return 200 "after\\n"; }
        location /ifhead { add_header X-Out 1; if ($arg_x) { add_header X-In 2; return 200 "in\\n"; } return 200 "out\\n"; }
        location /brk { set $v 1; break; set $v 2; return 200 "$v"; }
        location /map { return 200 "$mapped|$volatile|$pair\\n"; }
        location /geo { return 200 "$country|$by_arg\\n"; }
        location /split { return 200 "$bucket\\n"; }
        location /uninitialised { set $late $never; set $never 1; return 200 "[$late]\\n"; }
        location /captures { if ($uri ~ ^/captures/(?<first>[a-z]+)/(\\d+)) { set $x "$first $1 $2"; } return 200 "$x\\n"; }
    }`,
  exchanges: [
    ...[
      '/server/x?y',
      '/gone?q=1',
      '/last/x?y',
      '/break/x',
      '/redirect/x?y=z',
      '/permanent/x',
      '/args?old=2',
      '/noargs?old=2',
      '/decode/a%20b%26c',
      '/escape/a%20b%26c%3f',
      '/icase/Z',
      '/loop',
      '/set',
      '/brace',
      '/if',
      '/if?zero=0',
      '/if?z=1&zero=1',
      '/iff?x=1',
      '/iff?x=2',
      '/iff',
      '/ifhead',
      '/ifhead?x=1',
      '/brk',
      '/echo?early=1',
      '/map?m=one',
      '/map?m=two&x=%41',
      '/map?m=rest',
      '/map?m=upper',
      '/map?m=UPPER',
      '/map',
      '/map?m=zzz&a=1&b=2',
      '/geo',
      '/geo?ip=10.1.2.3',
      '/geo?ip=10.2.2.3',
      '/geo?ip=192.168.1.1',
      '/geo?ip=junk',
      '/uninitialised',
      '/captures/abc/12',
      '/captures/ABC',
    ].map((path) => ({ name: `GET ${path}`, send: get(path), shows: /^HTTP\/1.1/ })),
    ...['a', 'b', 'c', 'd', 'client-1', '10.0.0.1', ''].map((s) => ({
      name: `split ${s}`,
      send: get(`/split?s=${s}`),
      shows: /half|fifth|rest/,
    })),
    { name: 'if with a header', send: get('/if', 'X-A: v7'), shows: /re7 ci/ },
    { name: 'if with another', send: get('/if', 'X-A: Vx'), shows: /ci not/ },
    {
      name: 'if with POST',
      send: request('POST /if HTTP/1.1', 'Host: localhost', 'Content-Length: 0', 'Connection: close'),
      shows: /post /,
    },
  ],
});
