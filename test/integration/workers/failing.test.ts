// Workers that end when they should not: what the others do goes on, a successor comes, and no log loses a line that the
// process could still write.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head } from '../../support/http-messages.ts';
import { makeCertificates } from '../../support/mutual-tls.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { isAlive, startWorkers, type WorkerClient } from '../../support/spawn-workers.ts';

const certificates = makeCertificates({ after });
const { directory } = certificates;

/** Code that runs in each worker before anything else. */
const inWorkers = (code: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`if ((await import('node:cluster')).default.isWorker) { ${code} }`)}`,
];

async function pair(both: ReadonlyMap<number, WorkerClient>): Promise<[WorkerClient, WorkerClient]> {
  const [one, other] = both.values();
  assert.ok(one !== undefined && other !== undefined);
  return [one, other];
}

test('a worker that is killed is replaced, and the connections of the other live on', async (t) => {
  const { connectToBoth, line, mutual } = await startWorkers(t, certificates, 'killed');
  const [victim, twin] = await pair(await connectToBoth());
  process.kill(victim.pid, 'SIGKILL');
  await victim.client.closed;
  assert.equal(await twin.ask(), String(twin.pid));
  const ended = await line(({ msg }) => /ended unexpectedly/.test(msg));
  assert.deepEqual([ended.level, ended.signal, ended.worker_pid], ['error', 'SIGKILL', victim.pid]);
  const successor = await line(({ msg }) => msg === 'a worker serves in its place');
  assert.notEqual(successor.worker_pid, victim.pid);
  const pids = new Set((await connectToBoth()).keys());
  assert.deepEqual(pids, new Set([twin.pid, successor.worker_pid]));
  assert.equal(await twin.ask(), String(twin.pid));
  mutual.signal('SIGTERM');
  assert.equal((await mutual.ended).exitCode, 0);
});

test('workers that cannot last are replaced ever later, until they can', async (t) => {
  const curse = join(directory, 'cursed');
  const { connectToBoth, connect, line, mutual } = await startWorkers(t, certificates, 'cursed', {
    nodeOptions: inWorkers(
      `const { existsSync } = await import('node:fs'); if (existsSync(${JSON.stringify(curse)})) process.exit(3);`,
    ),
  });
  const [victim, twin] = await pair(await connectToBoth());
  writeFileSync(curse, '');
  process.kill(victim.pid, 'SIGKILL');
  const [first] = await Promise.all([
    line(({ worker_pid }) => worker_pid === victim.pid),
    line(({ restart_ms, exit_code }) => restart_ms === 200 && exit_code === 3),
  ]);
  const delays = mutual.stderr
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
    .filter(({ worker, restart_ms: delay }) => worker === first.worker && delay !== undefined)
    .map(({ restart_ms: delay }) => delay);
  assert.deepEqual(delays.slice(0, 3), [delays[0], 100, 200]);
  assert.equal(await twin.ask(), String(twin.pid));
  assert.equal((await connect()).pid, twin.pid);
  rmSync(curse);
  await line(({ msg }) => msg === 'a worker serves in its place');
  await connectToBoth();
});

test('a fault in a worker is told with its stack, loses no line, and ends that worker alone', async (t) => {
  const { connectToBoth, line } = await startWorkers(t, certificates, 'faulty', {
    log: {
      access: [{ format: '$pid $request_uri', file: 'faulty.log', buffer: '1m', flush: '1h' }, '$pid $request_uri'],
    },
    nodeOptions: inWorkers("process.on('SIGUSR2', () => { throw new TypeError('of the test') })"),
  });
  const [victim, twin] = await pair(await connectToBoth());
  for (let n = 0; n < 20; n += 1) await victim.ask(`/${n}`);
  process.kill(victim.pid, 'SIGUSR2');
  const fatal = await line(({ level }) => level === 'fatal');
  assert.match(JSON.stringify(fatal), /TypeError: of the test\\n +at /);
  assert.equal(fatal.pid, victim.pid);
  await line(({ msg, exit_code }) => /ended unexpectedly/.test(msg) && exit_code === 1);
  const written = readFileSync(join(directory, 'faulty.log'), 'utf8').split('\n');
  for (let n = 0; n < 20; n += 1) assert.ok(written.includes(`${victim.pid} /${n}`), `${n}`);
  assert.equal(await twin.ask(), String(twin.pid));
});

test('counters do not go backwards when a worker is replaced', async (t) => {
  const { connectToBoth, line } = await startWorkers(t, certificates, 'counted', {
    more: { admin: { listen: '127.0.0.1:0' } },
  });
  const { url } = await line(({ msg }) => msg.startsWith('admin: '));
  const numbers = async () => {
    const page = await (await fetch(`${url}/metrics`)).text();
    const sum = (name: string): number =>
      [...page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.]+)$`, 'gm'))].reduce(
        (all, [, n]) => all + Number(n),
        0,
      );
    return { requests: sum('mutual_requests_total'), open: sum('mutual_connections') };
  };
  const [victim, twin] = await pair(await connectToBoth());
  for (let n = 0; n < 30; n += 1) await victim.ask();
  const before = await numbers();
  assert.ok(before.requests > 30);
  process.kill(victim.pid, 'SIGKILL');
  await line(({ msg }) => msg === 'a worker serves in its place');
  assert.deepEqual((await numbers()).requests, before.requests);
  assert.ok((await numbers()).open < before.open);
  await twin.ask();
  assert.equal((await numbers()).requests, before.requests + 1);
});

test('when the primary is killed its workers finish what they have begun, and end', async (t) => {
  let answer: (() => void) | undefined;
  const backend = await createRecordingBackend(t, {
    respond(_head, socket) {
      answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
      return undefined;
    },
  });
  const { connectToBoth, mutual } = await startWorkers(t, certificates, 'orphaned', {
    routes: [{ path: '/slow', upstream: backend.url }],
  });
  const [busy, idle] = await pair(await connectToBoth());
  busy.client.send(head('GET /slow'));
  await backend.untilHeads(1);
  mutual.signal('SIGKILL');
  await idle.client.closed;
  assert.ok(isAlive(busy.pid));
  answer?.();
  await busy.client.until('done');
  await busy.client.closed;
  while (isAlive(busy.pid) || isAlive(idle.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
});
