import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { assertRefused } from '../../support/refusal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mutual-load-'));
after(() => rmSync(folder, { recursive: true }));

const minimal = 'servers: [{ listen: "127.0.0.1:0", routes: [{ path: /, respond: {} }] }]\n';

function write(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('a file is read, and paths are relative to its folder', () => {
  mkdirSync(join(folder, 'sub'));
  const file = write('sub/a.yaml', minimal.replace('routes', 'tls: { certificate: ../a.pem }, routes'));
  const config = loadConfig(file);
  assert.equal(config.source.file, file);
  assert.equal(config.servers[0]?.tls?.certificate, join(folder, 'a.pem'));
});

test('a link is read, and paths are relative to the folder of the link', () => {
  symlinkSync(join(folder, 'sub/a.yaml'), join(folder, 'link.yaml'));
  assert.equal(loadConfig(join(folder, 'link.yaml')).servers[0]?.tls?.certificate, join(folder, '../a.pem'));
});

test('a byte order mark is no part of the text', () => {
  assert.equal(loadConfig(write('bom.yaml', `\ufeff${minimal}`)).servers.length, 1);
});

test('line ends of Windows are line ends', () => {
  const file = write('crlf.yaml', 'servers:\r\n  - listen: 127.0.0.1:0\r\n    route: []\r\n');
  assertRefused(() => loadConfig(file), /crlf\.yaml:3:5 servers\[0\]\.route: unknown key/);
});

test('files that cannot be read are told apart', () => {
  assertRefused(() => loadConfig(join(folder, 'none.yaml')), /none\.yaml does not exist$/, 'file-unreadable');
  assertRefused(() => loadConfig(join(folder, 'bom.yaml/x')), /does not exist$/, 'file-unreadable');
  assertRefused(() => loadConfig(folder), /is a directory and not a file$/, 'file-unreadable');
  assertRefused(
    () => loadConfig(write('latin1.yaml', Buffer.from([0x61, 0xe4]))),
    /is not UTF-8 text$/,
    'file-unreadable',
  );
  const large = write('large.yaml', '');
  truncateSync(large, 8 * 1024 * 1024 + 1);
  assertRefused(() => loadConfig(large), /is larger than/, 'file-unreadable');
});

test('a fault has its file as it was given, its line, column and key', () => {
  const text = 'servers:\n  - listen: 127.0.0.1:0\n    routes:\n      - { path: /, upstream: none }\n';
  assert.throws(
    () => parseConfig(text, 'some/mutual.yaml'),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.faults, [
        {
          file: 'some/mutual.yaml',
          line: 4,
          column: 30,
          key: 'servers[0].routes[0].upstream',
          message: 'unknown upstream "none": there is none',
          code: 'config-invalid',
        },
      ]);
      assert.equal(
        error.message,
        'some/mutual.yaml:4:30 servers[0].routes[0].upstream: unknown upstream "none": there is none',
      );
      return true;
    },
  );
});

test('only what is not supported yet has the code that says so', () => {
  const later = minimal.replace('routes', 'maxConnectionAge: 1h, routes');
  assertRefused(() => parseConfig(later, 'a.yaml'), /"maxConnectionAge" is not supported yet/, 'config-unsupported');
  assertRefused(() => parseConfig(`${later}other: {}\n`, 'a.yaml'), /2 faults/, 'config-invalid');
});

test('nesting without end is a fault and not a crash', () => {
  for (const text of ['['.repeat(100_000), 'a: '.concat('{a: '.repeat(20_000)), '- '.repeat(50_000)]) {
    assert.throws(() => parseConfig(text, 'a.yaml'), ConfigError);
  }
});

test('ten thousand routes are read in seconds', { timeout: 20_000 }, () => {
  const routes = Array.from(
    { length: 10_000 },
    (_, index) => `      - { path: /r${index}/, upstream: 'http://127.0.0.1:1' }\n`,
  );
  const config = parseConfig(`servers:\n  - listen: 127.0.0.1:0\n    routes:\n${routes.join('')}`, 'a.yaml');
  assert.equal(config.servers[0]?.routes.length, 10_000);
});

test('whatever stands in a file, it is read or refused with faults', () => {
  const keys = [
    'servers',
    'listen',
    'routes',
    'tls',
    'clients',
    'upstreams',
    'allow',
    'headers',
    'respond',
    'path',
    'ca',
  ];
  const leaf = fc.oneof(
    fc.constantFrom(null, true, 0, -1, 1.5, '', '/', 'http://a', '$host', '__proto__'),
    fc.string(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), tie('value'), { maxKeys: 5 }),
    ),
  }));
  const property = fc.property(
    fc.oneof(
      value,
      value.map((inner) => ({ servers: [inner] })),
    ),
    (document) => {
      try {
        parseConfig(stringify(document), 'a.yaml');
      } catch (error) {
        assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
        assert.ok(error.faults.length > 0);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});
