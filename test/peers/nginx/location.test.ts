// Which location a request is for: exact, prefix, regular expression, nested; and what the path is taken for.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'the choice of a location',
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location = / { return 200 "exact root\\n"; }
        location / { return 200 "root $uri\\n"; }
        location = /exact { return 200 "exact\\n"; }
        location /exact { return 200 "prefix of exact $uri\\n"; }
        location ^~ /final/ { return 200 "final\\n"; }
        location /plain/ { return 200 "plain\\n"; }
        location /plain/longer { return 200 "longer\\n"; }
        location ~ /plain/re { return 200 "regex\\n"; }
        location ~* \\.JPG$ { return 200 "image $uri\\n"; }
        location ~ \\.jpg$ { return 200 "second image\\n"; }
        location ~ ^/capture/(\\d+)/(?<name>\\w+)$ { return 200 "$1 $name $2\\n"; }
        location /nest/ {
            location /nest/inner { return 200 "inner\\n"; }
            location ~ /nest/.*x$ { return 200 "nested regex\\n"; }
            return 200 "nest\\n";
        }
        location ~ ^/outer/ {
            location ~ /outer/in { return 200 "regex in regex\\n"; }
            return 200 "outer regex\\n";
        }
        location "/with space" { return 200 "space\\n"; }
        location /caf\u00c3\u00a9 { return 200 "utf8\\n"; }
    }`,
  exchanges: [
    { name: 'exact root', send: get('/'), shows: /exact root/ },
    { name: 'exact root with arguments', send: get('/?a=b'), shows: /exact root/ },
    { name: 'anything', send: get('/anything'), shows: /root \/anything/ },
    { name: 'exact', send: get('/exact'), shows: /\nexact\n/ },
    { name: 'exact is not its own prefix', send: get('/exact/'), shows: /prefix of exact \/exact\// },
    { name: 'prefixes know no segments', send: get('/exactly'), shows: /prefix of exact/ },
    { name: 'the longest prefix', send: get('/plain/longer/x'), shows: /longer/ },
    { name: 'a regex before a prefix', send: get('/plain/regex'), shows: /regex/ },
    { name: 'a regex before a longer prefix', send: get('/plain/longer/a.jpg'), shows: /image/ },
    { name: 'a final prefix before a regex', send: get('/final/a.jpg'), shows: /final/ },
    { name: 'the first regex wins', send: get('/a.jpg'), shows: /image \/a.jpg/ },
    { name: 'letter case', send: get('/a.JpG'), shows: /image/ },
    { name: 'paths are case-sensitive', send: get('/EXACT'), shows: /root/ },
    { name: 'captures', send: get('/capture/12/ab_c'), shows: /12 ab_c ab_c/ },
    { name: 'nested prefix', send: get('/nest/inner/1'), shows: /inner/ },
    { name: 'nested regex', send: get('/nest/abx'), shows: /nested regex/ },
    { name: 'the outer of nested ones', send: get('/nest/other'), shows: /nest\n/ },
    { name: 'a regex in a regex', send: get('/outer/in'), shows: /regex in regex/ },
    { name: 'the outer regex', send: get('/outer/x'), shows: /outer regex/ },
    { name: 'decoded for the match', send: get('/%65xact'), shows: /\nexact\n/ },
    { name: 'an encoded slash counts as a slash', send: get('/nest%2Finner'), shows: /inner/ },
    { name: 'slashes are merged', send: get('//nest///inner'), shows: /inner/ },
    { name: 'dots are resolved', send: get('/a/../nest/./inner'), shows: /inner/ },
    { name: 'encoded dots, too', send: get('/a/%2e%2E/nest/inner'), shows: /inner/ },
    { name: 'a space', send: get('/with%20space'), shows: /space/ },
    { name: 'UTF-8', send: get('/caf%C3%A9'), shows: /utf8/ },
    { name: 'above the root', send: get('/../x'), shows: /400 Bad Request/ },
    { name: 'above the root, encoded', send: get('/a/%2e%2e/%2e%2e/x'), shows: /400 Bad Request/ },
    { name: 'a zero byte', send: get('/a%00b'), shows: /400 Bad Request/ },
    { name: 'no hexadecimal digits', send: get('/a%zz'), shows: /400 Bad Request/ },
    { name: 'a percent sign at the end', send: get('/a%4'), shows: /400 Bad Request/ },
    { name: 'a fragment is cut', send: get('/exact#frag'), shows: /\nexact\n/ },
    { name: 'a question mark that is encoded', send: get('/a%3Fb'), shows: /root \/a\?b/ },
    { name: 'a target in absolute form', send: get('http://localhost/exact?x'), shows: /\nexact\n/ },
    { name: 'absolute without a path', send: get('http://localhost'), shows: /exact root/ },
    { name: 'absolute with arguments only', send: get('http://localhost?a'), shows: /exact root/ },
    {
      name: 'the asterisk',
      send: request('OPTIONS * HTTP/1.1', 'Host: localhost', 'Connection: close'),
      shows: /HTTP\/1.1 400/,
    },
    { name: 'no slash', send: get('exact'), shows: /400 Bad Request/ },
  ],
});

compareWithNginx({
  title: 'paths that are not merged',
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        merge_slashes off;
        location / { return 200 "root $uri\\n"; }
        location /a//b { return 200 "two $uri\\n"; }
    }`,
  exchanges: [
    { name: 'two slashes are two', send: get('/a//b/c'), shows: /two \/a\/\/b/ },
    { name: 'one is one', send: get('/a/b'), shows: /root/ },
  ],
});
