// Whole files as people write them, boilerplate and all.

import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { makeTrust } from '../../support/guarded-gateway.ts';
import { compareWithNginx, get, request } from '../../support/nginx-oracle.ts';

const { ca, server, client } = makeTrust({ after });
const read = (file: string): string => readFileSync(file, 'latin1');
const as = { ca: read(ca.certificate), servername: 'localhost', cert: read(client.certificate), key: read(client.key) };
const nobody = { ca: read(ca.certificate), servername: 'localhost' };

compareWithNginx({
  title: 'a server block behind client certificates',
  logs: ['backenddom.log'],
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%% ssl;
        server_name localhost;
        ssl_certificate ${server.certificate};
        ssl_certificate_key ${server.key};
        ssl_client_certificate ${ca.certificate};
        ssl_verify_client on;
        access_log backenddom.log combined;
        error_log backenddom.error.log info;
        location / {
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Client-DN $ssl_client_s_dn;
            proxy_pass http://127.0.0.1:%%BACKEND%%;
        }
    }`,
  exchanges: [
    { name: 'with a certificate', send: get('/a/b?c=d', 'User-Agent: test'), tls: as, shows: /200 OK/ },
    { name: 'without', send: get('/a'), tls: nobody, shows: /400 No required SSL certificate was sent/ },
    {
      name: 'with a forged header',
      send: get('/', 'X-Client-DN: CN=root', 'X-Real-IP: 1.1.1.1', 'X-Forwarded-For: 2.2.2.2'),
      tls: as,
      shows: /200 OK/,
    },
    {
      name: 'kept alive',
      send: request('GET /1 HTTP/1.1', 'Host: localhost') + get('/2'),
      tls: as,
      shows: /200 OK[\s\S]*200 OK/,
    },
  ],
});

compareWithNginx({
  title: 'a file with everything that comes with it',
  main: 'user root; worker_processes auto; worker_rlimit_nofile 4096; pcre_jit on; env TZ;',
  files: {
    'mime.types':
      'types {\n    text/html                             html htm shtml;\n    text/css css;\n    application/javascript js;\n}\n',
    proxy_params:
      'proxy_set_header Host $http_host;\nproxy_set_header X-Real-IP $remote_addr;\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\nproxy_set_header X-Forwarded-Proto $scheme;\n',
    'conf.d/10-upstreams.conf':
      'upstream app { least_conn; server 127.0.0.1:%%BACKEND%% max_fails=3 fail_timeout=30s; keepalive 16; }\n',
    'conf.d/20-site.conf': `
server {
    listen 127.0.0.1:%%PORT_0%%;
    server_name _;
    return 301 https://$host$request_uri;
}
server {
    listen 127.0.0.1:%%PORT_1%% ssl default_server;
    server_name localhost www.localhost;
    # certificates
    ssl_certificate     ${server.certificate};
    ssl_certificate_key ${server.key};
    ssl_session_timeout 1d;
    ssl_session_cache shared:SSL:1m;
    ssl_session_tickets off;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305;
    ssl_prefer_server_ciphers off;
    ssl_ecdh_curve X25519:prime256v1;
    add_header Strict-Transport-Security "max-age=63072000" always;
    add_header X-Frame-Options "SAMEORIGIN";
    client_max_body_size 10m;
    location = /favicon.ico { access_log off; log_not_found off; return 204; }
    location ~ /\\.(?!well-known) { deny all; }
    location /api/ {
        limit_except GET POST { deny all; }
        include proxy_params;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_connect_timeout 5s; proxy_send_timeout 60s; proxy_read_timeout 60s;
        proxy_buffers 8 16k; proxy_buffer_size 16k;
        proxy_pass http://app/v1/;
    }
    location / { try_files $uri $uri/ @app; }
    location @app { include proxy_params; proxy_pass http://app; }
    error_page 500 502 503 504 /50x.html;
    location = /50x.html { internal; }
}
`,
    'html/robots.txt': 'User-agent: *\n',
  },
  http: `
    include mime.types;
    default_type application/octet-stream;
    sendfile on; tcp_nopush on; tcp_nodelay on; types_hash_max_size 2048; server_tokens off;
    server_names_hash_bucket_size 64; client_body_buffer_size 16k; open_file_cache max=100 inactive=20s;
    gzip on; gzip_proxied any; gzip_comp_level 6; gzip_types text/plain text/css; gzip_disable "msie6";
    resolver 127.0.0.1 valid=30s; reset_timedout_connection on; send_timeout 30; keepalive_timeout 65; keepalive_requests 100;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log access.log main;
    include conf.d/*.conf;`,
  logs: ['access.log'],
  exchanges: [
    { name: 'from HTTP to HTTPS', send: get('/x?y'), shows: /301[\s\S]*https:\/\/localhost\/x\?y/ },
    ...[
      '/api/items/1?q=a%20b',
      '/robots.txt',
      '/nothing/here',
      '/.git/config',
      '/.well-known/x',
      '/favicon.ico',
      '/50x.html',
      '/',
    ].map((path) => ({ name: `GET ${path}`, port: 1, send: get(path), tls: nobody, shows: /^HTTP\/1.1/ })),
    {
      name: 'a method that is not let through',
      port: 1,
      send: request('DELETE /api/x HTTP/1.1', 'Host: localhost', 'Connection: close'),
      tls: nobody,
      shows: /403/,
    },
    { name: 'plain HTTP to the port for HTTPS', port: 1, send: get('/'), shows: /400/ },
  ],
});
