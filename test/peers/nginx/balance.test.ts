// Which server of a group is chosen, request after request.

import { compareWithNginx, get } from '../../support/nginx-oracle.ts';

const servers = [1, 2, 3, 4];
const listed = (options: readonly string[]): string =>
  servers.map((port, index) => `server 127.0.0.1:%%PORT_${port}%% ${options[index] ?? ''};`).join(' ');

compareWithNginx({
  title: 'the choice among servers',
  http: `
    upstream equal { ${listed([])} }
    upstream weighted { ${listed(['weight=3', 'weight=2', '', 'backup'])} }
    upstream uneven { ${listed(['weight=5', 'down', 'weight=1', 'weight=1'])} }
    upstream least { least_conn; ${listed(['weight=2'])} }
    upstream by_ip { ip_hash; ${listed([])} }
    upstream by_ip_weighted { ip_hash; ${listed(['weight=4', '', 'down', ''])} }
    upstream by_key { hash $arg_k; ${listed([])} }
    upstream by_key_weighted { hash $arg_k; ${listed(['weight=3', '', 'down', ''])} }
    upstream failing { server 127.0.0.1:1; ${listed([])} }
    upstream failing_weighted { server 127.0.0.1:1 weight=5 max_fails=2; ${listed(['weight=2'])} }
    server { listen 127.0.0.1:%%PORT_0%%; set_real_ip_from 127.0.0.1; add_header X-Asked $upstream_addr;
      location ~ ^/(?<group>\\w+) { proxy_pass http://$group; } }
    ${servers.map((port) => `server { listen 127.0.0.1:%%PORT_${port}%%; return 200 "%%PORT_${port}%%"; }`).join(' ')}`,
  exchanges: [
    ...['equal', 'weighted', 'uneven', 'least', 'failing', 'failing_weighted'].flatMap((group) =>
      Array.from({ length: 12 }, (_, count) => ({ name: `${group} ${count}`, send: get(`/${group}`), shows: /200/ })),
    ),
    ...['by_key', 'by_key_weighted'].flatMap((group) =>
      ['', 'a', 'b', 'c', 'key-1', 'key-2', 'key-3', 'a long key with more to it', '%00'].map((key) => ({
        name: `${group} ${key}`,
        send: get(`/${group}?k=${key.replaceAll(' ', '+')}`),
        shows: /200/,
      })),
    ),
    ...['by_ip', 'by_ip_weighted'].flatMap((group) =>
      [
        '192.0.2.1',
        '192.0.2.200',
        '198.51.100.7',
        '10.0.0.1',
        '172.16.5.5',
        '8.8.8.8',
        '2001:db8::1',
        '2001:db8::2',
      ].map((address) => ({
        name: `${group} ${address}`,
        send: get(`/${group}`, `X-Real-IP: ${address}`),
        shows: /200/,
      })),
    ),
  ],
});
