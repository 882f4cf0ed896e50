// `limit_req` and `limit_conn`. Rates are so low that no time of a test matters.

import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const one = (path: string): string => request(`GET ${path} HTTP/1.1`, 'Host: localhost');
const three = (path: string): string => one(path) + one(path) + get(path);

compareWithNginx({
  title: 'limits of requests and connections',
  http: `
    limit_req_zone $arg_key zone=slow:1m rate=1r/m;
    limit_req_zone $binary_remote_addr zone=address:1m rate=1r/m;
    limit_req_zone $uri zone=other:1m rate=1r/m;
    limit_conn_zone $server_name zone=connections:1m;
    limit_req_status 429;
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        location /one { limit_req zone=slow; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /burst { limit_req zone=slow burst=1 nodelay; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /status { limit_req zone=slow; limit_req_status 503; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /dry { limit_req zone=slow; limit_req_dry_run on; add_header X-Limit $limit_req_status always; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /say { limit_req zone=slow; add_header X-Limit $limit_req_status always; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /both { limit_req zone=slow; limit_req zone=other burst=5 nodelay; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /page { limit_req zone=address; error_page 429 =200 /wait; proxy_pass http://127.0.0.1:%%BACKEND%%; }
        location /wait { return 200 "wait\\n"; }
        location /conn { limit_conn connections 1; add_header X-Conn $limit_conn_status always; proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }`,
  exchanges: [
    { name: 'one a minute', send: three('/one?key=a'), shows: /200 OK[\s\S]*429[\s\S]*429/ },
    { name: 'another key', send: three('/one?key=b'), shows: /200 OK[\s\S]*429[\s\S]*429/ },
    { name: 'an empty key is not counted', send: three('/one'), shows: /200 OK[\s\S]*200 OK[\s\S]*200 OK/ },
    { name: 'a burst', send: three('/burst?key=c'), shows: /200 OK[\s\S]*200 OK[\s\S]*429/ },
    { name: 'a status of its own', send: three('/status?key=d'), shows: /200 OK[\s\S]*503/ },
    { name: 'a dry run', send: three('/dry?key=e'), shows: /PASSED[\s\S]*REJECTED_DRY_RUN/ },
    { name: 'the status as a variable', send: three('/say?key=f'), shows: /PASSED[\s\S]*REJECTED/ },
    { name: 'two zones', send: three('/both?key=g'), shows: /200 OK[\s\S]*429/ },
    { name: 'a page', send: three('/page'), shows: /200 OK[\s\S]*wait/ },
    { name: 'a connection', send: get('/conn'), shows: /PASSED/ },
  ],
});
