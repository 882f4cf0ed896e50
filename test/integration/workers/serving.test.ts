// Several workers behind one address: both serve, sessions of one are taken up by the other, everything they count adds
// up, and their lines never run into one another.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeCertificates } from '../../support/mutual-tls.ts';
import { startMutual } from '../../support/spawn-mutual.ts';
import { startWorkers } from '../../support/spawn-workers.ts';
import { attemptTls, tlsVersions } from '../../support/tls-client.ts';

const certificates = makeCertificates({ after });
const { directory, ca } = certificates;
const identity = { certificate: join(directory, 'client-a.crt'), key: join(directory, 'client-a.key') };
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

test('a session is taken up by whichever worker gets it, every time', async (t) => {
  const { port, mutual } = await startWorkers(t, certificates, 'resumption', {
    routes: [{ exact: '/who', respond: { body: '$pid $ssl_session_reused' } }],
  });
  for (const version of tlsVersions) {
    const first = await attemptTls(t, { port, ca: ca.certificate, identity, version, path: '/who' });
    let { session } = first;
    const resumedBy = new Map<string, number>();
    for (let n = 0; n < 60 || (resumedBy.size < 2 && n < 200); n += 1) {
      const next = await attemptTls(t, { port, ca: ca.certificate, identity, version, session, path: '/who' });
      assert.equal(next.status, 200, next.error);
      assert.ok(next.resumed, `attempt ${n} was not resumed`);
      const [pid = '', reused] = bodyOf(next.text).split(' ');
      assert.equal(reused, 'r');
      resumedBy.set(pid, (resumedBy.get(pid) ?? 0) + 1);
      session = next.session ?? session;
    }
    assert.equal(resumedBy.size, 2, 'all connections went to one worker');
  }
  assert.equal(mutual.stderr.includes('"level":"error"'), false, mutual.stderr);
});

test('what both count adds up to what was asked, to the last one', async (t) => {
  const { connectToBoth, connect, mutual, line } = await startWorkers(t, certificates, 'metrics', {
    more: { admin: { listen: '127.0.0.1:0' } },
  });
  const { url } = await line(({ msg }) => msg.startsWith('admin: '));
  const both = [...(await connectToBoth()).values()];
  const more = await Promise.all(Array.from({ length: 6 }, connect));
  let asked = 0;
  await Promise.all(
    [...both, ...more].map(async ({ ask }, index) => {
      for (let n = 0; n < 50 + index; n += 1) await ask('/counted');
      asked += 50 + index;
    }),
  );
  const page = await (await fetch(`${url}/metrics`)).text();
  const sum = [...page.matchAll(/^mutual_requests_total\{[^}]*\} (\d+)$/gm)].reduce((all, [, n]) => all + Number(n), 0);
  // Each connection has asked once to learn who serves it, those that connectToBoth gave up among them.
  const openers = [...page.matchAll(/^mutual_tls_handshakes_total\{[^}]*result="accepted"[^}]*\} (\d+)$/gm)];
  const handshakes = openers.reduce((all, [, n]) => all + Number(n), 0);
  assert.equal(sum, asked + handshakes);
  const snapshot = (await (await fetch(`${url}/api/snapshot`)).json()) as { processes?: unknown };
  assert.ok(
    JSON.stringify(snapshot).includes(String(both[0]?.pid)) && JSON.stringify(snapshot).includes(String(both[1]?.pid)),
  );
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  mutual.signal('SIGTERM');
  assert.equal((await mutual.ended).exitCode, 0);
});

test('lines of both are whole and none is lost, in a file that is moved away, and on standard output', async (t) => {
  const path = join(directory, 'shared.log');
  const { mutual, connectToBoth, connect } = await startWorkers(t, certificates, 'lines', {
    routes: [{ path: '/long', respond: { body: 'ok' } }],
    log: {
      access: [
        { format: 'json', file: 'shared.log', when: { value: '$arg_n' } },
        { format: 'json', when: { value: '$arg_n' } },
      ],
    },
  });
  const clients = [...(await connectToBoth()).values(), ...(await Promise.all(Array.from({ length: 6 }, connect)))];
  // Longer than what a pipe takes in one piece.
  const long = 'x'.repeat(6000);
  let moved = 0;
  let sent = 0;
  await Promise.all(
    clients.map(async ({ ask }, client) => {
      for (let n = 0; n < 60; n += 1) {
        await ask(`/long/${long}?n=${client}-${n}`);
        sent += 1;
        if (client === 0 && n % 15 === 14) {
          renameSync(path, `${path}.${moved}`);
          moved += 1;
          mutual.signal('SIGUSR1');
          while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
    }),
  );
  mutual.signal('SIGTERM');
  const { stdout, exitCode } = await mutual.ended;
  assert.equal(exitCode, 0);
  const files = [path, ...Array.from({ length: moved }, (_, n) => `${path}.${n}`)];
  const expected = clients.flatMap((_, client) => Array.from({ length: 60 }, (_each, n) => `${client}-${n}`)).sort();
  for (const text of [files.map((file) => readFileSync(file, 'utf8')).join(''), stdout]) {
    const found = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => /\?n=(.*)$/.exec(JSON.parse(line).target)?.[1] ?? '');
    assert.deepEqual(found.sort(), expected);
  }
  assert.equal(sent, expected.length);
});

test('an address that is taken ends the start, also where workers would share it', async (t) => {
  const { port } = await startWorkers(t, certificates, 'first');
  const listen = `127.0.0.1:${port}`;
  const servers = [{ listen, routes: [{ path: '/', respond: {} }] }];
  const file = join(directory, 'second.yaml');
  writeFileSync(file, JSON.stringify({ servers, workers: 2 }));
  await assert.rejects(startMutual(t, file), /cannot listen on 127\.0\.0\.1:\d+: the address is already in use/);
});

test('whoever watches hears of requests in both, and of a reload once', async (t) => {
  const { connectToBoth, line } = await startWorkers(t, certificates, 'events', {
    more: { admin: { listen: '127.0.0.1:0' } },
  });
  const { url } = await line(({ msg }) => msg.startsWith('admin: '));
  const both = [...(await connectToBoth()).values()];
  const stop = new AbortController();
  t.after(() => stop.abort());
  const { body } = await fetch(`${url}/api/events`, { signal: stop.signal });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) heard += (await reader?.read())?.value ?? assert.fail('the stream has ended');
  };
  const paths = (): string[] => [...heard.matchAll(/"path":"(\/watched\/[^"]*)"/g)].map(([, path = '']) => path);
  // Workers hear that somebody watches a moment after somebody does.
  await until(() => heard.includes('event: second'));
  for (const [index, { ask }] of both.entries()) {
    for (let n = 0; n < 10 && !paths().includes(`/watched/${index}`); n += 1) {
      await ask(`/watched/${index}`);
      await until(() => paths().length > 0 || heard.split('event: second').length > n + 3);
    }
  }
  await until(() => new Set(paths()).size === 2);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/reload`, { method: 'POST', headers, body: '{}' });
  assert.equal(((await answer.json()) as { result: string }).result, 'succeeded');
  await until(() => heard.includes('event: reload'));
  const seconds = heard.split('event: second').length;
  await until(() => heard.split('event: second').length > seconds);
  assert.equal(heard.split('event: reload').length, 2);
  const page = await (await fetch(`${url}/metrics`)).text();
  assert.match(page, /^mutual_reloads_total\{result="succeeded"\} 1$/m);
});
