// Whole files: what is included where, places, warnings, and what is asked of the names of hosts.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { directiveTable } from '../../../../src/nginx/directives/table.ts';
import { type NginxFile, readNginx } from '../../../../src/nginx/read/read-nginx.ts';
import { temporaryDirectory } from '../../../support/openssl.ts';

function read(
  t: TestContext,
  files: Record<string, string>,
  more: { globals?: string; minor?: number } = {},
): NginxFile {
  const prefix = `${temporaryDirectory(t)}/`;
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(prefix, name)), { recursive: true });
    writeFileSync(join(prefix, name), text);
  }
  const { minor = 28, globals } = more;
  return readNginx({ file: `${prefix}conf/nginx.conf`, prefix, globals, table: directiveTable(minor), minor });
}

test('included files stand in place of their include, with places of their own', (t) => {
  const { nodes, sources } = read(t, {
    'conf/nginx.conf': 'events {}\nhttp {\n include sites/*.conf;\n include mime.types;\n}\n',
    'conf/mime.types': 'types { text/html html; }',
    'conf/sites/b.conf': 'server { listen 127.0.0.1:2; }',
    'conf/sites/a.conf': '\nserver {\n listen 127.0.0.1:1;\n}',
  });
  const http = nodes[1]?.block ?? [];
  assert.deepEqual(
    http.map(({ name, at }) => `${name} ${at.file?.replace(/^.*\/conf\//, '')}:${at.line}`),
    ['server sites/a.conf:2', 'server sites/b.conf:1', 'types mime.types:1'],
  );
  assert.deepEqual(
    sources.map(({ name }) => name.replace(/^.*\/conf\//, '')),
    ['nginx.conf', 'sites/a.conf', 'sites/b.conf', 'mime.types'],
  );
});

test('a block may not be closed by another file', (t) => {
  const files = { 'conf/nginx.conf': 'events {}\nhttp {\n include a;\n', 'conf/a': '}' };
  assert.throws(() => read(t, files), /unexpected "}" in .*\/conf\/a:1$/);
});

test('directives of the command line come first', (t) => {
  const files = { 'conf/nginx.conf': 'events {}\n' };
  const { nodes } = read(t, files, { globals: 'pid a.pid; daemon off;' });
  assert.deepEqual(
    nodes.map(({ name, at }) => [name, at.file === undefined]),
    [
      ['pid', true],
      ['daemon', true],
      ['events', false],
    ],
  );
  assert.throws(
    () => read(t, { 'conf/nginx.conf': 'pid b.pid;' }, { globals: 'pid a.pid;' }),
    /"pid" directive is duplicate in .*:1$/,
  );
});

test('what newer versions have is unknown to older ones', (t) => {
  const files = { 'conf/nginx.conf': 'events {}\nhttp { http2 on; }' };
  assert.throws(() => read(t, files, { minor: 22 }), /unknown directive "http2"/);
  assert.equal(read(t, files, { minor: 25 }).nodes.length, 2);
  const old = { 'conf/nginx.conf': 'events {}\nhttp { ssl off; }' };
  assert.throws(() => read(t, old, { minor: 28 }), /unknown directive "ssl"/);
});

test('names of hosts are left to be resolved', (t) => {
  const { reading } = read(t, {
    'conf/nginx.conf':
      'events {}\nhttp { upstream u { server a.example:81; }\n server { listen 127.0.0.1:1;\n' +
      'location /a { proxy_pass http://u; }\n location /b { proxy_pass http://b.example/x; } } }',
  });
  assert.deepEqual(
    reading.hosts.map(({ host, fault, at }) => [host, fault, at.line]),
    [
      ['a.example', 'host not found in upstream "a.example:81"', 2],
      ['b.example', 'host not found in upstream "b.example"', 5],
    ],
  );
});

test('an address that is no address says what is probably meant', (t) => {
  const files = { 'conf/nginx.conf': 'events {}\nhttp { server {\n listen ssl;\n} }' };
  assert.throws(
    () => read(t, files),
    /host not found in "ssl" of the "listen" directive: the address is missing, "listen 443 ssl" is probably meant in .*:3$/,
  );
});
