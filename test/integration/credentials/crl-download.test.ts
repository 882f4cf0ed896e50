// Lists by URL through their life: first download, restart, new list, outage, recovery, end. Real lists, a real server.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCrlDownloads } from '../../../src/credentials/crl-download.ts';
import { loadRevocationLists } from '../../../src/credentials/revocation-lists.ts';
import { parseCertificates } from '../../../src/x509/certificate.ts';
import { startCrlServer, watchDownloads } from '../../support/crl-downloads.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const minuteMs = 60_000;
const at = (minutes: number): Date => new Date(Date.now() + minutes * minuteMs);
const ca = makeCa(directory, 'ca');
const anchors = parseCertificates(readFileSync(ca.certificate), ca.certificate);
const client = makeCertificate(directory, { ca, name: 'client' });
const first = makeCrl(ca, { name: 'first', thisUpdate: at(-60) });
const second = makeCrl(ca, { name: 'second', thisUpdate: at(-30), revoked: [client.certificate] });
const ended = makeCrl(ca, { name: 'ended', thisUpdate: at(-90), nextUpdate: at(-70) });
const down = 'http://127.0.0.1:1/ca.crl';
const read = (path: string | undefined): string => readFileSync(path ?? '', 'utf8');
const listsIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.crl'));

test('the first download is waited for, and can be loaded like any file', async (t) => {
  const server = await startCrlServer(t, second);
  const copies = join(temporaryDirectory(t), 'made', 'here');
  const downloads = watchDownloads(t, server.url, copies);
  await downloads.ready();
  const [list] = loadRevocationLists(downloads.files(), anchors, Date.now()).lists;
  assert.equal(list?.revokedSerials().size, 1);
  assert.equal(statSync(copies).mode & 0o777, 0o700);
  assert.equal(statSync(downloads.files()[0] ?? '').mode & 0o777, 0o600);
  assert.deepEqual(listsIn(copies), [downloads.files()[0]?.slice(copies.length + 1)]);
  assert.equal(downloads.changes(), 0);
  assert.equal(downloads.lines.length, 1);
  assert.match(
    downloads.lines[0] ?? '',
    /^info: the revocation list http:.*ca\.crl was fetched: the list of "CN=ca,O=Test" is in force from .* until /,
  );
  assert.deepEqual(downloads.delays, [3_600_000]);
});

test('a restart while the server is down goes on with the copy, and says until when', async (t) => {
  const server = await startCrlServer(t, first);
  const copies = temporaryDirectory(t);
  await watchDownloads(t, server.url, copies).ready();
  server.server.close();
  const downloads = watchDownloads(t, server.url, copies);
  await downloads.ready();
  assert.equal(read(downloads.files()[0]), read(first));
  await downloads.refresh();
  assert.equal(downloads.lines.length, 1);
  assert.match(
    downloads.lines[0] ?? '',
    /^warn crl-unavailable: the revocation list http:.*ca\.crl cannot be fetched: .*ECONNREFUSED.*; the list of "CN=ca,O=Test" is in force from .* until .*; next try in 30 s$/,
  );
  assert.equal(downloads.changes(), 0);
});

test('without a copy and without a server there is one line that says so', async (t) => {
  const copies = temporaryDirectory(t);
  const downloads = watchDownloads(t, down, copies);
  await assert.rejects(downloads.ready(), {
    code: 'crl-unavailable',
    message:
      /^the revocation list http:\/\/127\.0\.0\.1:1\/ca\.crl cannot be fetched: .*ECONNREFUSED.*; there is no copy of it in .*$/,
  });
  assert.deepEqual(downloads.lines, []);
  assert.deepEqual(readdirSync(copies), []);
});

test('every list that is missing gets its line, and a good one among them none', async (t) => {
  const server = await startCrlServer(t, first);
  const downloads = watchDownloads(t, [down, server.url, `${down}?token=secret`], temporaryDirectory(t));
  await assert.rejects(downloads.ready(), (error: Error) => {
    const lines = error.message.split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', /127\.0\.0\.1:1\/ca\.crl\?… cannot/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test('a list that has not changed is not sent again', async (t) => {
  const server = await startCrlServer(t, first);
  const copies = temporaryDirectory(t);
  await watchDownloads(t, server.url, copies).ready();
  const downloads = watchDownloads(t, server.url, copies);
  await downloads.ready();
  await downloads.refresh();
  await downloads.refresh();
  const asked = server.requests.map(({ headers }) => headers['if-none-match'] !== undefined);
  assert.deepEqual(asked, [false, true, true]);
  assert.deepEqual(downloads.lines, []);
  assert.equal(downloads.changes(), 0);
});

test('a server with dates alone is asked by date', async (t) => {
  const server = await startCrlServer(t, first);
  const date = 'Tue, 01 Jul 2025 00:00:00 GMT';
  server.answer = (request, response) => {
    if (request.headers['if-modified-since'] === date) response.writeHead(304).end();
    else response.writeHead(200, { 'last-modified': date }).end(readFileSync(first));
  };
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await downloads.ready();
  await downloads.refresh();
  assert.equal(server.requests[1]?.headers['if-modified-since'], date);
  assert.equal(downloads.lines.length, 1);
});

test('a new list is told of once, the same list under a new version never', async (t) => {
  const server = await startCrlServer(t, first);
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await downloads.ready();
  server.list = second;
  await downloads.elapse();
  assert.equal(downloads.changes(), 1);
  assert.equal(read(downloads.files()[0]), read(second));
  server.answer = (_, response) => response.writeHead(200, { etag: '"other"' }).end(readFileSync(second));
  await downloads.elapse();
  server.answer = undefined;
  await downloads.elapse();
  assert.equal(server.requests[3]?.headers['if-none-match'], '"other"');
  assert.equal(downloads.changes(), 1);
  assert.equal(downloads.lines.length, 2);
});

test('an outage is told each time, tries come less and less often, and its end is told once', async (t) => {
  const server = await startCrlServer(t, first);
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await downloads.ready();
  server.answer = (_, response) => response.writeHead(503).end('later');
  for (let n = 0; n < 3; n += 1) await downloads.elapse();
  server.answer = undefined;
  for (let n = 0; n < 2; n += 1) await downloads.elapse();
  assert.deepEqual(downloads.delays, [3_600_000, 30_000, 60_000, 120_000, 3_600_000, 3_600_000]);
  const [, ...told] = downloads.lines;
  assert.deepEqual(
    told.map((line) => line.replace(/^(\w+).*?(status 503|fetched again).*/, '$1 $2')),
    ['warn status 503', 'warn status 503', 'warn status 503', 'info fetched again'],
  );
  assert.equal(downloads.changes(), 0);
});

test('a copy that has run out is not enough where there is a server, and better than nothing where there is none', async (t) => {
  const server = await startCrlServer(t, ended);
  const copies = temporaryDirectory(t);
  const early = watchDownloads(t, server.url, copies);
  await early.ready();
  assert.match(
    early.lines.join('\n'),
    /^error crl-unavailable: .* the server has none that counts now; the list of "CN=ca,O=Test" ran out on .*; next try in 30 s$/,
  );

  server.answer = (_, response) => response.destroy();
  const dead = watchDownloads(t, server.url, copies);
  await dead.ready();
  assert.equal(read(dead.files()[0]), read(ended));
  assert.match(dead.lines.join('\n'), /^error crl-unavailable: .*; the list of "CN=ca,O=Test" ran out on /);

  server.answer = undefined;
  server.list = first;
  const well = watchDownloads(t, server.url, copies);
  await well.ready();
  assert.equal(read(well.files()[0]), read(first));
  assert.equal(server.requests.at(-1)?.headers['if-none-match'], undefined);
});

test('a list of tomorrow is better than none, and does not keep out one of today', async (t) => {
  const future = makeCrl(ca, { name: 'future', thisUpdate: at(10) });
  const server = await startCrlServer(t, future);
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await downloads.ready();
  await downloads.refresh();
  assert.match(
    downloads.lines[0] ?? '',
    /^error crl-unavailable: .* none that counts now; the list of .* counts only from /,
  );
  assert.match(
    downloads.lines[1] ?? '',
    /^error crl-invalid: .* it counts only from .*: check the clocks of both machines; /,
  );
  server.list = second;
  await downloads.refresh();
  assert.equal(read(downloads.files()[0]), read(second));
  assert.match(downloads.lines.slice(2).join('\n'), /^info: .* is fetched again: /);
});

test('a list is asked for before it ends, however long the time between', async (t) => {
  const soon = makeCrl(ca, { name: 'soon', thisUpdate: at(-90), nextUpdate: at(30) });
  const server = await startCrlServer(t, soon);
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await downloads.ready();
  // Of its two hours the last fifth is for asking: 24 minutes before its end, which is 30 minutes from now.
  const [delay = 0] = downloads.delays;
  assert.ok(delay > 5 * minuteMs && delay <= 6 * minuteMs, String(delay));
  downloads.clock.nowMs += 29 * minuteMs;
  await downloads.elapse();
  assert.equal(downloads.delays[1], minuteMs);
});

test('one URL twice is fetched once, and questions at the same time are one', async (t) => {
  const server = await startCrlServer(t, first);
  const downloads = watchDownloads(t, [server.url, `${server.url}#x`], temporaryDirectory(t));
  await Promise.all([downloads.ready(), downloads.refresh(), downloads.refresh()]);
  assert.equal(server.requests.length, 1);
  const [one, two, ...more] = downloads.files();
  assert.equal(one, two);
  assert.deepEqual(more, []);
  await Promise.all([downloads.refresh(), downloads.refresh(), downloads.elapse()]);
  assert.equal(server.requests.length, 2);
  await downloads.refresh();
  assert.equal(downloads.timers(), 1);
});

test('close gives up what is under way, in silence', async (t) => {
  const server = await startCrlServer(t, first);
  const copies = temporaryDirectory(t);
  await watchDownloads(t, server.url, copies).ready();
  server.list = second;
  const arrived = new Promise<void>((resolve) => {
    server.answer = (_, response) => {
      response.writeHead(200).write('-----BEGIN');
      resolve();
    };
  });
  const downloads = watchDownloads(t, server.url, copies);
  await downloads.ready();
  await arrived;
  const cut = new Promise((resolve) => server.requests.at(-1)?.socket.once('close', resolve));
  await downloads.close();
  await cut;
  await downloads.elapse();
  assert.equal(server.requests.length, 2);
  assert.deepEqual([downloads.lines, downloads.timers(), downloads.changes()], [[], 0, 0]);
  assert.equal(readdirSync(copies).length, 2);
});

test('timers do not keep a process running', (t) => {
  const script = `
    import { createCrlDownloads } from ${JSON.stringify(join(import.meta.dirname, '../../../src/credentials/crl-download.ts'))};
    const sources = [{ url: '${down}', refreshMs: 3600000 }];
    const log = { info() {}, warn() {}, error() {} };
    const downloads = createCrlDownloads({ sources, directory: process.argv[1], now: Date.now, log, onChange() {} });
    await downloads.refresh();
  `;
  const args = ['--input-type=module', '-e', script, temporaryDirectory(t)];
  assert.equal(spawnSync(process.execPath, args, { timeout: 20_000 }).status, 0);
});

test('a URL that cannot be fetched is refused, without its password', () => {
  for (const url of [
    'ftp://a.example/ca.crl',
    'file:///ca.crl',
    'ca.crl',
    'http://',
    'http://user:secret@a.example/ca.crl',
  ]) {
    const create = (): unknown =>
      createCrlDownloads({
        sources: [{ url, refreshMs: 1 }],
        directory: '/nowhere',
        now: Date.now,
        log: { info() {}, warn() {}, error() {} },
        onChange() {},
      });
    assert.throws(
      create,
      (error: Error & { code: string }) => error.code === 'config-invalid' && !/secret/.test(error.message),
      url,
    );
  }
});
