// Variables that the configuration defines: map, geo, split_clients.

import { compareWithNginx, get } from '../../support/nginx-oracle.ts';

compareWithNginx({
  title: 'map, geo and split_clients',
  http: `
    map $arg_m $plain { default def; one 1; Two 2; "" empty; ~^re(?<tail>.*)$ re-$tail; ~*^CASE$ any; \\~x tilde; ref $arg_v; both "$arg_v-$plain2"; }
    map $arg_n $plain2 { volatile; x y; }
    map $arg_h $host_kind { hostnames; default none; example.com exact; *.example.com head; .dot.test dotted; example.* tail; www.* www; *.a.example.com longer; }
    map $host_kind$plain $two { "none1" "first"; default second; }
    geo $arg_a $where { default outside; 10.0.0.0/8 ten; 10.1.0.0/16 ten-one; 10.1.2.3 exact; 2001:db8::/32 six; 127.0.0.0/8 loop; }
    geo $here { default elsewhere; 127.0.0.1/32 here; }
    geo $arg_a $ranged { ranges; default none; 10.0.0.0-10.0.0.255 low; 10.0.1.0-10.0.2.255 mid; }
    geo $proxied { default none; proxy 127.0.0.1; 192.0.2.0/24 doc; 198.51.100.0/24 other; }
    geo $recursed { default none; proxy 127.0.0.1; proxy 192.0.2.0/24; proxy_recursive; 198.51.100.0/24 other; }
    split_clients $arg_s $half { 50% first; 25.5% second; * rest; }
    split_clients $arg_s $some { 0.01% rare; 99% most; }
    server { listen 127.0.0.1:%%PORT_0%%;
      location / { return 200 "$plain|$plain2|$host_kind|$two|$where|$here|$ranged|$proxied|$recursed|$half|$some|$tail\\n"; }
      location /set { set $arg_v changed; return 200 "$plain\\n"; } }`,
  exchanges: [
    ...['', 'm=one', 'm=ONE', 'm=two', 'm=other', 'm=retail', 'm=case', 'm=~x', 'm=ref&v=v1', 'm=both&v=v2&n=x'],
    ...['h=example.com', 'h=EXAMPLE.com', 'h=a.example.com', 'h=x.a.example.com', 'h=dot.test', 'h=x.dot.test'],
    ...['h=example.org', 'h=www.x', 'h=example.com.', 'h=.example.com', 'h=com', 'm=one&h=zzz'],
    ...['a=10.2.3.4', 'a=10.1.9.9', 'a=10.1.2.3', 'a=2001:db8::1', 'a=2001:db9::1', 'a=::ffff:10.1.2.3', 'a=no'],
    ...['a=10.0.0.0', 'a=10.0.0.255', 'a=10.0.1.128', 'a=10.0.3.0'],
    ...Array.from({ length: 24 }, (_, index) => `s=client-${index}`),
  ]
    .map((args) => ({ name: `?${args}`, send: get(`/?${args}`), shows: /200 OK/ }))
    .concat(
      ['192.0.2.1', '198.51.100.1, 192.0.2.1', '198.51.100.1', 'garbage', '203.0.113.1, 198.51.100.7'].map((list) => ({
        name: `X-Forwarded-For: ${list}`,
        send: get('/', `X-Forwarded-For: ${list}`),
        shows: /200 OK/,
      })),
    ),
});
