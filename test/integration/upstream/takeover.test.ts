// What a reload does to upstreams: those that are as they were go on with their connections, the others are made anew
// and the old ones end without cutting anybody off.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Config, UpstreamConfig } from '../../../src/config/schema.ts';
import type { Credentials } from '../../../src/credentials/load-credentials.ts';
import { loadUpstreamCredentials } from '../../../src/credentials/upstream-credentials.ts';
import { createUpstreams, type Upstreams } from '../../../src/gateway/forward/upstream/upstreams.ts';
import { ask, startAsking } from '../../support/ask-upstream.ts';
import { type CaFiles, makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { createRecordingBackend, okResponse } from '../../support/recording-backend.ts';
import { createRecordingLog, makeUpstreamConfig, makeUpstreamTlsConfig } from '../../support/upstream-config.ts';

function make(t: TestContext, list: readonly UpstreamConfig[], before?: Upstreams): Upstreams {
  const upstreams = Object.fromEntries(list.map((one) => [one.name, one]));
  const read = list.flatMap((one) =>
    one.tls === undefined ? [] : [[one.name, loadUpstreamCredentials(one.tls, Date.now())] as const],
  );
  const credentials = { upstreams: new Map(read) } as unknown as Credentials;
  const made = createUpstreams({ upstreams } as unknown as Config, credentials, before, {
    log: createRecordingLog(),
    now: () => Date.now(),
  });
  t.after(() => made.close());
  return made;
}

test('an upstream is found by its name, and no other is', (t) => {
  const upstreams = make(t, [makeUpstreamConfig(['http://127.0.0.1:1'])]);
  assert.equal(upstreams.get('service1').config.name, 'service1');
  assert.throws(() => upstreams.get('service2'), { code: 'internal' });
});

describe('a reload', () => {
  test('takes over an upstream that has not changed, with its connections', async (t) => {
    const backend = await createRecordingBackend(t);
    const before = make(t, [makeUpstreamConfig([backend.url])]);
    await ask(before.get('service1'));
    const after = make(t, [makeUpstreamConfig([backend.url])], before);
    before.retire(after);
    assert.equal(after.get('service1'), before.get('service1'));
    await ask(after.get('service1'));
    assert.equal(backend.connections.length, 1);
  });

  test('makes one anew that has changed; what is in flight on the old one goes on', async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: (head) => (head.startsWith('GET /slow') ? undefined : okResponse),
    });
    const before = make(t, [makeUpstreamConfig([backend.url])]);
    const slow = startAsking(before.get('service1'), { request: { path: '/slow' } });
    await backend.untilHeads(1);
    const after = make(t, [makeUpstreamConfig([backend.url], { responseTimeoutMs: 1234 })], before);
    before.retire(after);
    assert.notEqual(after.get('service1'), before.get('service1'));
    await ask(after.get('service1'));
    backend.connections[0]?.socket.write(okResponse);
    assert.equal((await slow.done).status, 200);
    await backend.connections[0]?.closed;
    await ask(after.get('service1'));
    assert.equal(backend.connections.length, 2);
  });

  test('lets go of one that is gone', async (t) => {
    const backend = await createRecordingBackend(t);
    const before = make(t, [makeUpstreamConfig([backend.url])]);
    await ask(before.get('service1'));
    before.retire(make(t, [], before));
    await backend.connections[0]?.closed;
  });

  test('that is given up closes what it has made, and leaves the rest alone', async (t) => {
    const backend = await createRecordingBackend(t);
    const kept = makeUpstreamConfig([backend.url]);
    const before = make(t, [kept]);
    await ask(before.get('service1'));
    const after = make(t, [kept, makeUpstreamConfig([backend.url], { name: 'service2' })], before);
    await Promise.all([ask(after.get('service1')), ask(after.get('service2'))]);
    after.discard(before);
    await backend.connections[1]?.closed;
    await ask(before.get('service1'));
    assert.equal(backend.connections.length, 2);
  });

  test('makes one anew whose certificate has changed on disk, and shows the new one', async (t) => {
    const directory = temporaryDirectory(t);
    const ca: CaFiles = makeCa(directory);
    const tls = makeUpstreamTlsConfig({
      certificate: `${directory}/client.crt`,
      key: `${directory}/client.key`,
      ca: [ca.certificate],
    });
    const config = makeUpstreamConfig(['https://127.0.0.1:1'], { tls });
    makeCertificate(directory, { ca, name: 'client' });
    const first = make(t, [config]);
    assert.equal(make(t, [config], first).get('service1'), first.get('service1'));
    makeCertificate(directory, { ca, name: 'client' });
    assert.notEqual(make(t, [config], first).get('service1'), first.get('service1'));
  });
});
