// What is published: the compiled program runs without its sources, and the package holds what belongs in it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { makeCa, makeCertificate, temporaryDirectory } from '../support/openssl.ts';
import { runMutual, startMutual } from '../support/spawn-mutual.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('the package holds the program and its documentation, and nothing of its workshop', async () => {
  // Without scripts: what is built is looked at below, and not in the working tree.
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 1 << 24 });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string; mode: number }[] }];
  const paths = files.map(({ path }) => path);
  const expected = ['bin/mutual.js', 'package.json', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'];
  for (const path of [...expected, 'docs/configuration.md', 'examples/server-side.yaml']) {
    assert.ok(paths.includes(path), path);
  }
  assert.deepEqual(
    paths.filter((path) => !/^(?:bin|dist|docs|examples)\/|^[A-Z]+\.md$|^LICENSE$|^package\.json$/.test(path)),
    [],
  );
  assert.deepEqual(
    paths.filter((path) => /\.(?:key|crt|pem|p12|crl|test\.\w+)$|(?:^|\/)(?:test|node_modules|certs)\//.test(path)),
    [],
  );
  assert.equal((files.find(({ path }) => path === 'bin/mutual.js')?.mode ?? 0) & 0o111, 0o111);
  assert.equal(manifest.scripts.prepack, 'npm run build', 'what is published is what was built');
});

describe('the compiled program, installed elsewhere', () => {
  const home = temporaryDirectory({ after });
  before(async () => {
    const tsc = join(root, 'node_modules/.bin/tsc');
    await run(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(home, 'dist')], { cwd: root });
    for (const name of ['bin', 'package.json']) cpSync(join(root, name), join(home, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
    // What browsers run is not compiled, but copied, by the rest of the script `build`.
    assert.match(manifest.scripts.build, /tsc -p tsconfig\.build\.json && npm run build:page$/);
    symlinkSync(join(root, 'src'), join(home, 'src'));
    await run('npm', ['run', 'build:page'], { cwd: home });
    rmSync(join(home, 'src'));
  });

  test('has no source with it, and needs none', () => {
    assert.equal(existsSync(join(home, 'src')), false);
    assert.ok(existsSync(join(home, 'dist/main.js')));
  });

  for (const entry of ['dist/main.js', 'bin/mutual.js']) {
    test(`${entry} tells its version`, async (t) => {
      const { exitCode, stdout, stderr } = await runMutual(t, ['--version'], { entry: join(home, entry) });
      assert.deepEqual([exitCode, stdout, stderr], [0, `${manifest.version}\n`, '']);
    });
  }

  test('checks a configuration', async (t) => {
    const directory = temporaryDirectory(t);
    makeCertificate(directory, { ca: makeCa(directory), name: 'server', san: 'DNS:localhost' });
    const config = join(directory, 'mutual.yaml');
    const tls = { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } };
    const server = { listen: '127.0.0.1:0', tls, routes: [{ path: '/', respond: {} }] };
    writeFileSync(config, JSON.stringify({ servers: [server] }));
    const entry = join(home, 'dist/main.js');
    const valid = await runMutual(t, ['check', '-c', config], { entry });
    assert.equal(valid.exitCode, 0, valid.stderr);
    assert.match(valid.stdout, /is valid\n/);
    writeFileSync(config, JSON.stringify({ servers: [{ ...server, tls: { ...tls, key: 'absent.key' } }] }));
    const invalid = await runMutual(t, ['check', '-c', config], { entry });
    assert.deepEqual([invalid.exitCode, invalid.stdout], [2, '']);
    assert.match(invalid.stderr, /^mutual: .*absent\.key does not exist\n$/);
  });

  test('serves the page of the operator, with its scripts and the charting library', async (t) => {
    const directory = temporaryDirectory(t);
    const config = join(directory, 'mutual.yaml');
    const servers = [{ listen: '127.0.0.1:0', routes: [{ path: '/', respond: {} }] }];
    writeFileSync(config, JSON.stringify({ servers, admin: '127.0.0.1:0' }));
    const mutual = await startMutual(t, config, { entry: join(home, 'dist/main.js') });
    const [, url = ''] = await mutual.until(/"admin: (http:\/\/127\.0\.0\.1:\d+)/);
    const page = await (await fetch(url)).text();
    const files = [...page.matchAll(/(?:href|src)="([\w-]+\.\w+)"/g)].map(([, name]) => name);
    assert.ok(files.includes('main.js') && files.includes('page.css'), files.join(' '));
    const scripts = readdirSync(join(root, 'src/admin/page')).filter((name) => name !== 'index.html');
    for (const name of [...files, ...scripts, 'uplot.js']) {
      assert.equal((await fetch(`${url}/${name}`)).status, 200, name);
    }
  });
});
