// Which server block a request is for, by address and by name.

import { compareWithNginx, request } from '../../support/nginx-oracle.ts';

const host = (name: string): string => request('GET / HTTP/1.1', `Host: ${name}`, 'Connection: close');

compareWithNginx({
  title: 'the choice of a server',
  http: `
    server { listen 127.0.0.1:%%PORT_0%%; server_name first.test; return 200 "first $host $server_name\\n"; }
    server { listen 127.0.0.1:%%PORT_0%% default_server; server_name default.test _; return 200 "default $host $server_name\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name exact.test other.test; return 200 "exact $host $server_name\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name *.wild.test; return 200 "wild $host\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name *.deep.wild.test; return 200 "deeper $host\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name .dotted.test; return 200 "dotted $host\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name tail.*; return 200 "tail $host\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name ~^(?<user>\\w+)\\.regex\\.test$; return 200 "regex $user\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name "~^num(\\d+)\\."; return 200 "number $1\\n"; }
    server { listen 127.0.0.1:%%PORT_0%%; server_name ""; return 200 "empty $host\\n"; }
    server { listen 127.0.0.1:%%PORT_1%%; server_name elsewhere.test; return 200 "elsewhere $host $http_host $server_port\\n"; }
    server { listen 127.0.0.1:%%PORT_1%%; server_name $hostname; return 200 "hostname\\n"; }`,
  exchanges: [
    { name: 'exact', send: host('exact.test'), shows: /exact exact.test exact.test/ },
    { name: 'its second name', send: host('other.test'), shows: /exact other.test exact.test/ },
    { name: 'letter case', send: host('EXACT.Test'), shows: /exact exact.test/ },
    { name: 'a port', send: host('exact.test:8080'), shows: /exact exact.test/ },
    { name: 'a trailing dot', send: host('exact.test.'), shows: /exact exact.test/ },
    { name: 'unknown', send: host('unknown.test'), shows: /default unknown.test default.test/ },
    { name: 'a leading wildcard', send: host('a.wild.test'), shows: /wild a.wild.test/ },
    { name: 'a wildcard holds for several labels', send: host('a.b.wild.test'), shows: /wild/ },
    { name: 'not for none', send: host('wild.test'), shows: /default/ },
    { name: 'the longer wildcard', send: host('a.deep.wild.test'), shows: /deeper/ },
    { name: 'a dot means both', send: host('dotted.test'), shows: /dotted/ },
    { name: 'and what is below', send: host('a.dotted.test'), shows: /dotted/ },
    { name: 'a trailing wildcard', send: host('tail.anything.test'), shows: /tail/ },
    { name: 'a regex', send: host('bob.regex.test'), shows: /regex bob/ },
    { name: 'a numbered capture', send: host('num42.test'), shows: /number 42/ },
    { name: 'no host at all', send: request('GET / HTTP/1.0'), shows: /empty/ },
    {
      name: 'another address has its own default',
      send: host('exact.test'),
      port: 1,
      shows: /elsewhere exact.test exact.test/,
    },
    { name: 'an address as host', send: host('127.0.0.1'), shows: /default 127.0.0.1/ },
    { name: 'IPv6 as host', send: host('[::1]:80'), shows: /default \[::1\]/ },
    {
      name: 'the authority of the target',
      send: request('GET http://exact.test:99/ HTTP/1.1', 'Host: other', 'Connection: close'),
      shows: /exact exact.test/,
    },
    { name: 'an empty host', send: host(''), shows: /HTTP\/1.1/ },
    { name: 'a host of bad characters', send: host('a b'), shows: /400 Bad Request/ },
    { name: 'a host with a slash', send: host('a/b'), shows: /400 Bad Request/ },
    { name: 'two dots', send: host('a..b'), shows: /400 Bad Request/ },
    {
      name: 'two hosts',
      send: request('GET / HTTP/1.1', 'Host: exact.test', 'Host: exact.test', 'Connection: close'),
      shows: /400 Bad Request/,
    },
    { name: 'HTTP/1.1 without a host', send: request('GET / HTTP/1.1', 'Connection: close'), shows: /400 Bad Request/ },
  ],
});
