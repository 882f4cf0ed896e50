// The containers, as far as they can be looked at without an engine: every file they speak of is there, every command
// they run is one of ours, and their configurations are valid with the certificates that they make.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { runMutual } from '../support/spawn-mutual.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

interface Service {
  readonly build: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
}

const compose: {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
} = parse(read('docker-compose.yml'));
const dockerfile = read('Dockerfile');
const service = (name: string): Service => compose.services[name] as Service;

const certs = join(temporaryDirectory({ after }), 'certs');
before(async () => {
  // The command of the container, in a directory of ours.
  const command = service('certificates').command.map((word) => (word === '/certs' ? certs : word));
  const { exitCode, stderr } = await runMutual({ after }, command);
  assert.equal(exitCode, 0, stderr);
});

test('Service1, the server side, the client side, and who makes the certificates', () => {
  assert.deepEqual(Object.keys(compose.services).sort(), ['certificates', 'client-side', 'server-side', 'service1']);
});

test('what they mount, wait for and are connected to is there', () => {
  for (const [name, { volumes = [], depends_on = {}, networks = [], build }] of Object.entries(compose.services)) {
    assert.ok(existsSync(join(root, build, 'Dockerfile')), name);
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      const known = source.startsWith('.') ? existsSync(join(root, source)) : source in compose.volumes;
      assert.ok(known, `${name}: ${volume}`);
    }
    for (const other of Object.keys(depends_on)) assert.ok(other in compose.services, `${name} waits for ${other}`);
    for (const network of Array.isArray(networks) ? networks : Object.keys(networks)) {
      assert.ok(network in compose.networks, `${name}: ${network}`);
    }
  }
});

test('only the server side is open to the world, and Service1 to the server side alone', () => {
  const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
    ports.filter((port) => !port.startsWith('127.0.0.1:')).map(() => name),
  );
  assert.deepEqual(published, ['server-side']);
  const onNetworkOf = (name: string): string[] => {
    const networksOf = ({ networks = [] }: Service): string[] =>
      Array.isArray(networks) ? [...networks] : Object.keys(networks);
    const own = networksOf(service(name));
    return Object.keys(compose.services).filter(
      (other) => other !== name && networksOf(service(other)).some((network) => own.includes(network)),
    );
  };
  assert.deepEqual(onNetworkOf('service1'), ['server-side']);
});

for (const side of ['server-side', 'client-side']) {
  test(`the configuration of the ${side} is valid, and its port is the one that is published and looked at`, async (t) => {
    const { volumes = [], command, ports = [], environment = {} } = service(side);
    const [source = '', target] = (volumes.find((volume) => volume.startsWith('./')) ?? '').split(':');
    assert.deepEqual(command, ['run', '-c', target]);
    const file = join(certs, `${side}.yaml`);
    writeFileSync(file, read(source).replaceAll('/certs/', `${certs}/`));
    const { exitCode, stderr } = await runMutual(t, ['check', '-c', file]);
    assert.equal(exitCode, 0, stderr);
    const listen = loadConfig(file).servers[0]?.listen[0];
    const port = String(listen?.kind === 'tcp' ? listen.port : '');
    assert.ok(ports.every((published) => published.endsWith(`:${port}`)));
    assert.equal(environment.MUTUAL_HEALTH_PORT ?? /^ENV MUTUAL_HEALTH_PORT=(\d+)$/m.exec(dockerfile)?.[1], port);
  });
}

test('the client side asks for the server side by the name that it has there', () => {
  const networks = service('server-side').networks as Readonly<
    Record<string, { readonly aliases?: readonly string[] }>
  >;
  const [alias = ''] = networks.internet?.aliases ?? [];
  assert.ok(read('docker/client-side.yaml').includes(`https://${alias}:8443`));
  assert.ok(read('docker/server-side.yaml').includes(alias));
  assert.ok(service('certificates').command.includes(alias));
  assert.ok(
    read('docker/server-side.yaml').includes(`http://service1:${service('service1').environment?.MUTUAL_HEALTH_PORT}`),
  );
});

test('the image is built from what there is, on a Node.js that is new enough, and runs as nobody of importance', () => {
  const ignored = read('.dockerignore').split('\n');
  for (const [, from, words = ''] of dockerfile.matchAll(/^COPY (--from=\S+ )?(.+) \S+$/gm)) {
    if (from !== undefined) continue;
    for (const word of words.split(' ')) {
      assert.ok(existsSync(join(root, word)) && !ignored.includes(word), `COPY ${word}`);
    }
  }
  const major = /\d+/.exec(JSON.parse(read('package.json')).engines.node)?.[0];
  for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) assert.ok(image?.startsWith(`node:${major}-`), image);
  const [, user] = [...dockerfile.matchAll(/^USER (\S+)$/gm)].at(-1) ?? [];
  assert.equal(user, 'node');
  assert.match(dockerfile, /^HEALTHCHECK /m);
  assert.match(dockerfile, /^ENTRYPOINT \["mutual"\]$/m);
});
