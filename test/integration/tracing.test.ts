// Traces through the whole gateway: what the upstream is told of them, on either lane, in HTTP/2 and in upgrades, and that
// the logs name the same trace.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head, lastHead } from '../support/http-messages.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';
import type { AsyncAfterHook } from '../support/test-gateway.ts';

const certificates = makeCertificates({ after });
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const sent = `00-${traceId}-00f067aa0ba902b7-01`;
let fronts = 0;

async function start(t: AsyncAfterHook, server: Readonly<Record<string, unknown>> = {}) {
  fronts += 1;
  const file = join(certificates.directory, `tracing.${fronts}.log`);
  const backend = await createRecordingBackend(t, {
    respond: (text) =>
      text.includes('Upgrade')
        ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
        : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  });
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/own', upstream: backend.url, headers: { traceparent: 'of the operator', 'X-Trace': '$trace_id' } },
      { path: '/none', upstream: backend.url, headers: { traceparent: '', tracestate: '' } },
      { path: '/refused', upstream: backend.url, allow: [] },
    ],
    server,
    log: {
      access: [
        { format: 'json', file },
        { format: '$trace_id $traceparent', file: `${file}.own` },
      ],
    },
  });
  const linesOf = async (name: string, count: number): Promise<string[]> => {
    for (;;) {
      front.gateway.observer.flushSync();
      const lines = readFileSync(name, 'utf8').split('\n').slice(0, -1);
      if (lines.length >= count) return lines;
      await new Promise(setImmediate);
    }
  };
  return {
    ...front,
    backend,
    /** What the backend was told of traces by the last request. */
    told: () => headerLines(backend.heads.at(-1) ?? '').filter((line) => /^trace/i.test(line)),
    /** The lines of the logs, once there are as many. */
    records: async (count = 1) => (await linesOf(file, count)).map((line) => JSON.parse(line)),
    own: (count = 1) => linesOf(`${file}.own`, count),
  };
}

for (const lane of ['standard', 'express'] as const) {
  test(`${lane} lane: a trace goes on, with a span that the log names`, async (t) => {
    const { exchange, told, records, own } = await start(t, { lane });
    await exchange(lastHead('GET /', `Traceparent: ${sent}`, 'tracestate: a=1', 'Tracestate: b=2'));
    const [record] = await records();
    const [parent, state] = told();
    assert.deepEqual(record.trace, { id: traceId, span: record.request_id.slice(0, 16) });
    assert.equal(parent, `traceparent: 00-${traceId}-${record.trace.span}-01`);
    assert.equal(state, 'tracestate: a=1,b=2');
    assert.equal(told().length, 2);
    assert.deepEqual(await own(), [`${traceId} ${parent?.slice('traceparent: '.length)}`]);
  });

  test(`${lane} lane: a request outside of any trace stays there`, async (t) => {
    const { exchange, told, records, own } = await start(t, { lane });
    await exchange(lastHead('GET /', 'Tracestate: a=1'));
    assert.deepEqual(told(), []);
    assert.equal((await records())[0].trace, null);
    assert.deepEqual(await own(), ['- -']);
  });

  test(`${lane} lane: what is malformed is replaced`, async (t) => {
    const { exchange, told, records } = await start(t, { lane });
    await exchange(lastHead('GET /', 'Traceparent: 00-1-2-3', 'Tracestate: a=1'));
    const { request_id: id } = (await records())[0];
    assert.deepEqual(told(), [`traceparent: 00-${id}-${id.slice(0, 16)}-01`]);
  });

  test(`${lane} lane: the words of the operator come first`, async (t) => {
    const { exchange, told, backend } = await start(t, { lane });
    await exchange(lastHead('GET /own', `Traceparent: ${sent}`));
    assert.deepEqual(told(), ['traceparent: of the operator']);
    assert.ok(backend.heads.at(-1)?.includes(`X-Trace: ${traceId}`));
    await exchange(lastHead('GET /none', `Traceparent: ${sent}`, 'Tracestate: a=1'));
    assert.deepEqual(told(), []);
  });

  test(`${lane} lane: a server that restarts traces tells nothing of those of clients`, async (t) => {
    const { exchange, told, records } = await start(t, { lane, traceparent: 'restart' });
    await exchange(lastHead('GET /', `Traceparent: ${sent}`, 'Tracestate: a=1'));
    await exchange(lastHead('GET /'));
    const { request_id: id, trace } = (await records(2))[1];
    assert.equal(trace.id, id);
    assert.deepEqual(told(), [`traceparent: 00-${id}-${id.slice(0, 16)}-01`]);
  });

  test(`${lane} lane: a server that ignores traces passes on what came`, async (t) => {
    const { exchange, told } = await start(t, { lane, traceparent: 'ignore' });
    await exchange(lastHead('GET /', 'Traceparent: x', 'Tracestate: y'));
    assert.deepEqual(told(), ['Traceparent: x', 'Tracestate: y']);
  });
}

test('a trace goes on in HTTP/2 and in upgrades', async (t) => {
  const { port, connect, told, backend } = await start(t, { http2: true });
  const session = http2.connect(`https://localhost:${port}`, certificates.clientA);
  t.after(() => session.destroy());
  await exchangeHttp2(session, { ':path': '/', traceparent: sent });
  assert.match(told().join(), new RegExp(`^traceparent: 00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
  const client = await connect();
  client.send(head('GET /', 'Connection: Upgrade, Traceparent', 'Upgrade: x', `Traceparent: ${sent}`));
  await backend.untilHeads(2);
  assert.match(told().join(), new RegExp(`^traceparent: 00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
});

test('a refusal is told with its trace', async (t) => {
  const { exchange, gateway, records } = await start(t);
  await exchange(lastHead('GET /refused', `Traceparent: ${sent}`));
  const line = await gateway.lineWhere(({ code }) => code === 'not-allowed');
  assert.equal(line.trace_id, traceId);
  assert.equal((await records())[0].trace.id, traceId);
});
