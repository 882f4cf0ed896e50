// Upstream servers given by name: every address of an answer is good for a connection, and a new answer is followed.

import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { ask, startUpstream } from '../../support/ask-upstream.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { makeUpstreamConfig } from '../../support/upstream-config.ts';

const addresses = (...list: string[]): LookupAddress[] =>
  list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

test('where one address refuses, the next one is tried', async (t) => {
  const backend = await createRecordingBackend(t, { host: '127.0.0.1' });
  const upstream = startUpstream(t, makeUpstreamConfig([`http://b.test:${backend.port}`]), {
    lookupAll: (_host, callback) => callback(null, addresses('127.0.0.2', '::1', '127.0.0.1')),
  });
  const { body, attempts } = await ask(upstream);
  assert.equal(body, 'ok');
  assert.equal(attempts.length, 1);
});

test('where all refuse, that is told', async (t) => {
  const backend = await createRecordingBackend(t, { host: '127.0.0.1' });
  const upstream = startUpstream(t, makeUpstreamConfig([`http://b.test:${backend.port}`]), {
    lookupAll: (_host, callback) => callback(null, addresses('127.0.0.2', '127.0.0.3')),
  });
  const { failure } = await ask(upstream);
  assert.equal(failure?.code, 'upstream-unreachable');
  assert.match(failure?.message ?? '', /http:\/\/b\.test:\d+ refuses connections/);
});

test('new connections are spread over the addresses', async (t) => {
  const one = await createRecordingBackend(t, { host: '127.0.0.1' });
  const two = await createRecordingBackend(t, { host: '127.0.0.2', port: one.port });
  const upstream = startUpstream(t, makeUpstreamConfig([`http://b.test:${one.port}`], { idleTimeoutMs: 0 }), {
    lookupAll: (_host, callback) => callback(null, addresses('127.0.0.1', '127.0.0.2')),
  });
  for (let i = 0; i < 4; i += 1) await ask(upstream);
  assert.equal(one.connections.length, 2);
  assert.equal(two.connections.length, 2);
});

test('a connection is not used for longer than its answer is believed, so that a new answer is followed', async (t) => {
  const one = await createRecordingBackend(t, { host: '127.0.0.1' });
  const two = await createRecordingBackend(t, { host: '127.0.0.2', port: one.port });
  let answer = '127.0.0.1';
  let now = 1000;
  const upstream = startUpstream(t, makeUpstreamConfig([`http://b.test:${one.port}`], { resolveMs: 500 }), {
    now: () => now,
    lookupAll: (_host, callback) => callback(null, addresses(answer)),
  });
  await ask(upstream);
  answer = '127.0.0.2';
  now += 500;
  await ask(upstream);
  assert.equal(one.heads.length, 2);
  now += 1;
  await ask(upstream);
  assert.equal(one.heads.length, 2);
  assert.equal(two.heads.length, 1);
  await one.connections[0]?.closed;
});

test('a connection to an address is used for as long as it is good', async (t) => {
  const backend = await createRecordingBackend(t);
  let now = 1000;
  const upstream = startUpstream(t, makeUpstreamConfig([backend.url], { resolveMs: 500 }), { now: () => now });
  await ask(upstream);
  now += 60_000;
  await ask(upstream);
  assert.equal(backend.connections.length, 1);
});

test('a name that nobody knows, and name servers that do not answer, are told apart', async (t) => {
  for (const [code, words] of [
    ['ENOTFOUND', /has a name that is not known/],
    ['EAI_AGAIN', /the name servers of this machine do not answer/],
  ] as const) {
    const upstream = startUpstream(t, makeUpstreamConfig(['http://b.test:80']), {
      lookupAll: (_host, callback) => callback(Object.assign(new Error(`getaddrinfo ${code} b.test`), { code }), []),
    });
    const { failure } = await ask(upstream);
    assert.equal(failure?.code, 'upstream-unreachable');
    assert.match(failure?.message ?? '', words);
  }
});

test('while the name servers fail, the last addresses stand, and the log says so', async (t) => {
  const backend = await createRecordingBackend(t);
  let fails = false;
  let now = 1000;
  const upstream = startUpstream(t, makeUpstreamConfig([`http://b.test:${backend.port}`], { resolveMs: 500 }), {
    now: () => now,
    lookupAll: (_host, callback) => {
      if (fails) callback(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), []);
      else callback(null, addresses('127.0.0.1'));
    },
  });
  await ask(upstream);
  fails = true;
  now += 1000;
  assert.equal((await ask(upstream)).body, 'ok');
  assert.deepEqual(upstream.log.lines, [
    'warn: b.test cannot be resolved, its last addresses stand: getaddrinfo EAI_AGAIN',
  ]);
});

test('the name of this machine is resolved by the machine', async (t) => {
  const backend = await createRecordingBackend(t);
  const upstream = startUpstream(t, makeUpstreamConfig([`http://localhost:${backend.port}`]));
  assert.equal((await ask(upstream)).body, 'ok');
});
