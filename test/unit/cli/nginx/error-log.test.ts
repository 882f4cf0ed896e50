// The log of the process: lines as nginx writes them, levels, several logs at once, and syslog.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createErrorLog } from '../../../../src/cli/nginx/error-log.ts';
import { NginxFault } from '../../../../src/nginx/nginx-fault.ts';
import { toErrorLog } from '../../../../src/nginx/nginx-process.ts';
import { temporaryDirectory } from '../../../support/openssl.ts';

const now = (): Date => new Date(2026, 10, 3, 5, 4, 9);

test('a line for each log whose level takes it', (t) => {
  const folder = `${temporaryDirectory(t)}/`;
  const log = createErrorLog([toErrorLog(folder, 'a', 'error'), toErrorLog(folder, 'b', 'info')], now);
  log.write('error', 'one');
  log.write('info', 'two');
  log.write('debug', 'three');
  log.close();
  const line = (level: string, text: string): string =>
    `2026/11/03 05:04:09 [${level}] ${process.pid}#${process.pid}: ${text}\n`;
  assert.equal(readFileSync(`${folder}a`, 'utf8'), line('error', 'one'));
  assert.equal(readFileSync(`${folder}b`, 'utf8'), line('error', 'one') + line('info', 'two'));
});

test('opened anew, and others in place of them', (t) => {
  const folder = `${temporaryDirectory(t)}/`;
  const log = createErrorLog([toErrorLog(folder, 'a', 'error')], now);
  log.write('error', 'one');
  renameSync(join(folder, 'a'), join(folder, 'a.1'));
  log.reopen();
  log.write('error', 'two');
  log.use([toErrorLog(folder, 'b', 'warn')]);
  log.write('warn', 'three');
  log.close();
  assert.deepEqual(
    ['a.1', 'a', 'b'].map((name) => readFileSync(join(folder, name), 'utf8').trim().split(' ').at(-1)),
    ['one', 'two', 'three'],
  );
});

test('a file that cannot be opened', (t) => {
  const folder = `${temporaryDirectory(t)}/`;
  assert.throws(
    () => createErrorLog([toErrorLog(folder, 'none/a', 'error')]),
    new NginxFault(`open() "${folder}none/a" failed (2: No such file or directory)`),
  );
});

test('syslog', async (t) => {
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const log = createErrorLog([
    toErrorLog('', `syslog:server=127.0.0.1:${server.address().port},facility=local1,tag=gate,nohostname`, 'warn'),
  ]);
  log.write('info', 'not sent');
  log.write('warn', 'sent');
  const [message] = (await once(server, 'message')) as [Buffer];
  log.close();
  // local1 is 17, warn is 4.
  assert.match(message.toString(), /^<140>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d gate: .* \[warn\] \d+#\d+: sent$/);
});
