// The copies of lists on disk: who writes them, who finds them damaged, and what is left behind.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startCrlServer, watchDownloads } from '../../support/crl-downloads.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const at = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const ca = makeCa(directory, 'ca');
const client = makeCertificate(directory, { ca, name: 'client' });
const first = makeCrl(ca, { name: 'first', thisUpdate: at(-60) });
const second = makeCrl(ca, { name: 'second', thisUpdate: at(-30), revoked: [client.certificate] });
const read = (path: string | undefined): string => readFileSync(path ?? '', 'utf8');

test('a version is that of one list: with another on disk it is not spoken of', async (t) => {
  const server = await startCrlServer(t, second);
  const copies = temporaryDirectory(t);
  const downloads = watchDownloads(t, server.url, copies);
  await downloads.ready();
  writeFileSync(downloads.files()[0] ?? '', readFileSync(first));
  await downloads.refresh();
  assert.equal(server.requests[1]?.headers['if-none-match'], undefined);
  assert.equal(read(downloads.files()[0]), read(second));
});

test('two processes share their copies: what one has fetched the other tells of', async (t) => {
  const server = await startCrlServer(t, first);
  const copies = temporaryDirectory(t);
  const [one, two] = [watchDownloads(t, server.url, copies), watchDownloads(t, server.url, copies)];
  await Promise.all([one.ready(), two.ready()]);
  server.list = second;
  await one.refresh();
  await two.refresh();
  assert.equal(server.requests.at(-1)?.headers['if-none-match'] === undefined, false);
  assert.deepEqual([one.changes(), two.changes()], [1, 1]);
});

test('a copy that is damaged or gone is fetched anew', async (t) => {
  const server = await startCrlServer(t, first);
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t));
  await downloads.ready();
  const [file = ''] = downloads.files();
  writeFileSync(file, read(first).slice(0, 100));
  await downloads.refresh();
  assert.equal(read(file), read(first));
  assert.match(
    downloads.lines.join('\n'),
    /\nwarn pem-invalid: the copy .* of the revocation list http:.* is of no use: /,
  );
  rmSync(file);
  await downloads.refresh();
  assert.equal(read(file), read(first));
  assert.equal(downloads.changes(), 0);
});

test('what downloads of dead processes have left behind goes away, what may still be written stays', async (t) => {
  const server = await startCrlServer(t, first);
  const copies = temporaryDirectory(t);
  const downloads = watchDownloads(t, server.url, copies);
  await downloads.ready();
  const [file = ''] = downloads.files();
  for (const name of ['old', 'new']) writeFileSync(`${file}.${name}.part`, '');
  utimesSync(`${file}.old.part`, at(-61), at(-61));
  await watchDownloads(t, server.url, copies).ready();
  assert.deepEqual(
    readdirSync(copies).filter((name) => name.endsWith('.part')),
    [`${file.slice(copies.length + 1)}.new.part`],
  );
});

test('a copy that cannot be written is said, with the path', async (t) => {
  const server = await startCrlServer(t, first);
  const file = join(temporaryDirectory(t), 'file');
  writeFileSync(file, '');
  const downloads = watchDownloads(t, server.url, join(file, 'copies'));
  await assert.rejects(downloads.ready(), {
    code: 'file-unwritable',
    message: new RegExp(`cannot be fetched: .*${file}`),
  });
});
