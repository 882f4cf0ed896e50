// docs/two-companies.md, walked through from its first command to its last, once with each way of making certificates; and
// its configurations of nginx and Apache beside the real ones.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startApache, withoutApache } from '../../support/apache.ts';
import { curl } from '../../support/curl.ts';
import {
  blocksOf,
  type DocumentationBlock,
  environmentWithMutual,
  readDocumentation,
} from '../../support/documentation.ts';
import { startNginx, withoutNginx } from '../../support/nginx.ts';
import { temporaryDirectory } from '../../support/openssl.ts';
import { findFreePort } from '../../support/peer-process.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { createWalk, type Walk } from '../../support/walk-through.ts';

const source = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname;
const blocks = blocksOf(readDocumentation('two-companies.md'));
const name = 'service1.company-b.example';

interface Place {
  readonly directory: string;
  readonly walk: Walk;
  readonly ports: Readonly<Record<'serverSide' | 'clientSide' | 'service1', number>>;
  localize(text: string): string;
}

async function start(t: TestContext): Promise<Place> {
  const directory = temporaryDirectory(t);
  const ports = {
    serverSide: await findFreePort(),
    clientSide: await findFreePort(),
    service1: await findFreePort(),
  };
  const localize = (text: string): string =>
    text
      .replaceAll('0.0.0.0:8443', '127.0.0.1:8443')
      .replaceAll(':8443', `:${ports.serverSide}`)
      .replaceAll(':8080', `:${ports.clientSide}`)
      .replaceAll(':3000', `:${ports.service1}`);
  const env = {
    ...environmentWithMutual(directory, source('src/main.ts')),
    NODE_OPTIONS: `--import=${source('test/support/resolve-to-loopback.ts')}`,
  };
  const readyOf = (commands: string): RegExp | undefined => {
    if (/^mutual run/m.test(commands)) return /"ready: /;
    return commands.startsWith('mutual demo service1') ? /Service1 listens on/ : undefined;
  };
  return { directory, ports, localize, walk: createWalk(t, { directory, env, localize, readyOf }) };
}

/** The blocks of one way: those that say neither, and those that say this one. */
function blocksOfWay(way: string): DocumentationBlock[] {
  return blocks.filter(({ lead }) => !lead.startsWith('With ') || lead === `With ${way}:`);
}

for (const way of ['`mutual ca`', 'openssl']) {
  test(`every step of docs/two-companies.md, with ${way}`, async (t) => {
    const { directory, walk, ports } = await start(t);
    const all = blocksOfWay(way);
    const later = all.findIndex(({ heading }) => heading === 'Later');
    for (const block of all.slice(0, later)) await walk.step(block);

    const companyA = join(directory, 'company-a');
    const old = { certificate: join(directory, 'old.crt'), key: join(directory, 'old.key') };
    copyFileSync(join(companyA, 'client-a.crt'), old.certificate);
    copyFileSync(join(companyA, 'client-a.key'), old.key);
    const directly = (): ReturnType<typeof curl> =>
      curl(
        ...['--cacert', join(companyA, 'ca.crt'), '--cert', old.certificate, '--key', old.key],
        ...['--resolve', `${name}:${ports.serverSide}:127.0.0.1`, `https://${name}:${ports.serverSide}/`],
      );
    assert.equal((await directly()).status, 200);
    for (const block of all.slice(later)) await walk.step(block);

    const [, serverSide, clientSide] = walk.running;
    await clientSide?.until(/"msg":"reloaded"/);
    await serverSide?.until(/"msg":"reloaded"/);
    assert.equal((await directly()).status, 0, 'the old certificate is revoked');
    const { status, body } = await curl(`http://127.0.0.1:${ports.clientSide}/`);
    assert.equal(status, 200, body);
    const shown = ['x509', '-in', join(companyA, 'client-a.crt'), '-noout', '-serial'];
    const serial = execFileSync('openssl', shown, { encoding: 'utf8' }).trim().replace('serial=', '');
    assert.equal(JSON.parse(body).identity['x-ssl-client-serial'], serial, 'the new certificate is shown');
    assert.doesNotMatch(walk.running.map(({ printed }) => printed).join(''), /"level":"error"/);
  });
}

test('the two ways are told for the same steps, and everything else for both', () => {
  const headings = (way: string): string[] =>
    blocks.filter(({ lead }) => lead === `With ${way}:`).map(({ heading }) => heading);
  assert.deepEqual(headings('`mutual ca`'), headings('openssl'));
  assert.ok(headings('openssl').length >= 4);
});

/** Everything that both companies make before anything runs. */
async function makeCertificates(t: TestContext): Promise<Place> {
  const place = await start(t);
  for (const block of blocksOfWay('`mutual ca`')) {
    if (/^[1-3]\. /.test(block.heading)) await place.walk.step(block);
    else if (block.text.startsWith('mkdir')) await place.walk.step(block);
  }
  return place;
}

const only = (language: string): string => blocks.find((block) => block.language === language)?.text ?? '';
const yaml = (file: string): string => blocks.find(({ lead }) => lead === `\`${file}\`:`)?.text ?? '';

test('nginx in place of the server side', { skip: withoutNginx }, async (t) => {
  const { directory, localize, walk } = await makeCertificates(t);
  const service1 = blocks.find(({ text }) => text.startsWith('mutual demo service1')) as DocumentationBlock;
  await walk.step(service1);
  const companyB = join(directory, 'company-b');
  const nginx = await startNginx(t, companyB, (port) =>
    localize(only('nginx').replace('listen 8443', `listen 127.0.0.1:${port}`)),
  );
  const clientSide = yaml('company-a/mutual.yaml')
    .replace('127.0.0.1:8080', '127.0.0.1:0')
    .replace(`https://${name}:8443`, `https://127.0.0.1:${nginx.port}`)
    .replace('ca: ca.crt', `ca: ca.crt\n      serverName: ${name}`);
  const gateway = await startTestGateway(t, join(directory, 'company-a'), `${clientSide}log: { access: off }\n`);
  const { status, body } = await curl(`http://127.0.0.1:${gateway.port()}/orders`);
  assert.equal(status, 200, nginx.log);
  assert.equal(JSON.parse(body).message, 'Hello, CN=client-a,O=Company A');
  assert.equal(JSON.parse(body).identity['x-ssl-client-verify'], 'SUCCESS');
});

test('Apache in place of the client side', { skip: withoutApache }, async (t) => {
  const { directory, ports, localize, walk } = await makeCertificates(t);
  const bundle = blocks.find(({ text }) => text.includes('> client-a.pem')) as DocumentationBlock;
  await walk.step(bundle);
  for (const block of blocks) {
    if (!block.heading.startsWith('4. ') || block.lead.startsWith('With ')) continue;
    if (block.text.startsWith('curl')) break;
    // Apache asks the system for the name, and the system does not know it.
    const text = block.language === 'yaml' ? block.text.replaceAll(name, 'localhost') : block.text;
    if (block.language !== 'text' && !block.text.includes('mutual explain')) await walk.step({ ...block, text });
    if (block.language === 'yaml') issueForLocalhost(directory);
  }
  const companyA = join(directory, 'company-a');
  const apache = await startApache(t, companyA, (port) =>
    localize(only('apache').replaceAll(name, 'localhost').replace(':8080', `:${port}`)),
  );
  const { status, body } = await curl(`http://127.0.0.1:${apache.port}/orders`);
  assert.equal(status, 200, `${body}${apache.log}${ports.serverSide}`);
  assert.equal(JSON.parse(body).message, 'Hello, CN=client-a,O=Company A');
});

/** Beside the certificates that the page makes, one for the name that every system knows. */
function issueForLocalhost(directory: string): void {
  const companyB = join(directory, 'company-b');
  const args = [source('test/support/run-ca.ts'), 'ca', 'issue', 'localhost', '--server'];
  const run = spawnSync(process.execPath, args, { cwd: companyB, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  for (const suffix of ['crt', 'key']) {
    copyFileSync(join(companyB, 'ca', `localhost.${suffix}`), join(companyB, 'certs', `localhost.${suffix}`));
  }
}

test('the page is linked from the README, and its links lead somewhere', () => {
  assert.match(readFileSync(source('README.md'), 'utf8'), /docs\/two-companies\.md/);
  const page = readDocumentation('two-companies.md');
  for (const [, file = ''] of page.matchAll(/\]\(([\w-]+\.md)/g)) assert.ok(readDocumentation(file).length > 0, file);
});
