import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pino from 'pino';
import type { AccessLogConfig } from '../../../../src/config/schema.ts';
import { parseTemplate } from '../../../../src/config/template.ts';
import { createObserver } from '../../../../src/gateway/observe/observer.ts';
import { makeDenial, makeExchange, makePermit, upstreams } from '../../../support/exchange.ts';
import { temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });

function memoryLog() {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) }) };
}

const accessLog = (file: string, text: string): AccessLogConfig => ({
  file: join(directory, file),
  format: { kind: 'template', template: parseTemplate(text) },
  bufferBytes: 16_384,
  flushMs: 20,
});

const read = (file: string): string => readFileSync(join(directory, file), 'utf8');

const served = makeExchange({ decision: makePermit(), status: 200 });
const refused = makeExchange({ decision: makeDenial(), status: 403 });

test('a finished exchange goes to every access log; a refused one to the program’s log, too', async () => {
  const { lines, log } = memoryLog();
  const accessLogs = [accessLog('a.log', '$status $proxy_host'), accessLog('b.log', '$denial')];
  const observer = createObserver({ accessLogs, upstreams, log });
  observer.exchangeFinished(served);
  observer.exchangeFinished(refused);
  await observer.close();
  assert.equal(read('a.log'), '200 127.0.0.1:3000\n403 127.0.0.1:3000\n');
  assert.equal(read('b.log'), '-\nnot-allowed\n');
  assert.deepEqual(
    lines.map(({ code }) => code),
    ['not-allowed'],
  );
  const { requests, refusals } = observer.counters.snapshot();
  assert.deepEqual([requests['2xx'], requests['4xx'], refusals], [1, 1, { 'not-allowed': 1 }]);
});

test('a refused connection is counted and told', () => {
  const { lines, log } = memoryLog();
  const observer = createObserver({ accessLogs: [], log });
  const client = { address: '192.0.2.1', port: 1 };
  observer.connectionRefused({ code: 'handshake-timeout', reason: 'too slow', client, listener: 'x' });
  observer.reloaded(true);
  assert.equal(lines[0]?.msg, 'client refused: too slow');
  const { connections, reloads } = observer.counters.snapshot();
  assert.deepEqual([connections.refused, reloads.succeeded], [1, 1]);
});

test('access logs are reopened, and changed with the configuration, without losing a line', async () => {
  const { log } = memoryLog();
  const observer = createObserver({ accessLogs: [accessLog('c.log', 'c $status')], log });
  observer.exchangeFinished(served);
  renameSync(join(directory, 'c.log'), join(directory, 'c.log.1'));
  observer.reopen();
  observer.exchangeFinished(refused);
  observer.configure({ accessLogs: [accessLog('c.log', 'C $status'), accessLog('d.log', 'd $status')] });
  observer.exchangeFinished(served);
  await observer.close();
  assert.equal(read('c.log.1'), 'c 200\n');
  assert.deepEqual(read('c.log').trimEnd().split('\n').sort(), ['C 200', 'c 403']);
  assert.equal(read('d.log'), 'd 200\n');
});

test('a configuration whose log cannot be opened changes nothing', async () => {
  const { log } = memoryLog();
  const observer = createObserver({ accessLogs: [accessLog('e.log', '$status')], log });
  const accessLogs = [accessLog('f.log', '$status'), accessLog('none/g.log', '$status')];
  assert.throws(() => observer.configure({ accessLogs }), { code: 'file-unwritable' });
  observer.exchangeFinished(served);
  observer.flushSync();
  assert.equal(read('e.log'), '200\n');
  await observer.close();
  assert.ok(!existsSync(join(directory, 'none')));
  assert.throws(() => createObserver({ accessLogs, log }), { code: 'file-unwritable' });
});

test('a fault in a log does not reach the request', async () => {
  const { lines, log } = memoryLog();
  const observer = createObserver({ accessLogs: [accessLog('h.log', '$remote_addr')], log });
  observer.exchangeFinished({ ...served, connection: undefined as never });
  assert.equal(lines[0]?.code, 'internal');
  observer.exchangeFinished(served);
  await observer.close();
  assert.equal(read('h.log'), '192.0.2.10\n');
});
