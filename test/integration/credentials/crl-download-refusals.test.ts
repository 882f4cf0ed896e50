// What servers, and whoever sits on the way to them, may send in place of a good list: the copy stays, one line says why
// and what counts until when, and the next good list is taken.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { splitCrls } from '../../../src/x509/crl.ts';
import { type CrlServer, startCrlServer, type WatchedDownloads, watchDownloads } from '../../support/crl-downloads.ts';
import { makeCa, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const at = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const certificateOf = (path: string): Certificate => parseCertificates(readFileSync(path), path)[0] as Certificate;
const ca = makeCa(directory, 'ca');
const other = makeCa(directory, 'other');
// Another key under the same name: whoever sits on the way can make such a CA.
const forger = makeCa(directory, 'forger', { subject: '/O=Test/CN=ca' });
const older = makeCrl(ca, { name: 'older', thisUpdate: at(-120) });
const now = at(-60);
const numberedBefore = makeCrl(ca, { name: 'numbered-before', thisUpdate: now });
const good = makeCrl(ca, { name: 'good', thisUpdate: now });
const next = makeCrl(ca, { name: 'next', thisUpdate: at(-10) });
const future = makeCrl(ca, { name: 'future', thisUpdate: at(10) });
const forged = makeCrl(forger, { name: 'forged', thisUpdate: at(-10) });
const ofOther = makeCrl(other, { name: 'of-other', thisUpdate: at(-10) });
const delta = makeCrl(ca, { name: 'delta', thisUpdate: at(-10), extensions: ['2.5.29.27 = critical,ASN1:INTEGER:1'] });
const issuers = (): Certificate[] => [certificateOf(ca.certificate), certificateOf(other.certificate)];
const derOf = (path: string): Buffer => splitCrls(readFileSync(path), path)[0] as Buffer;
const send =
  (...files: readonly string[]) =>
  (_: unknown, response: ServerResponse): void => {
    response.end(Buffer.concat(files.map((file) => readFileSync(file))));
  };

interface Refusal {
  readonly answer: NonNullable<CrlServer['answer']>;
  readonly says: RegExp;
  /** With nothing to compare it to it is as good as any other. */
  readonly isGoodAtFirst?: true;
}

const refusals: Record<string, Refusal> = {
  'a page of a proxy': {
    answer: (_, response) => response.end('<html>Please log in</html>'),
    says: /crl-invalid: .*the answer: no certificate revocation list/,
  },
  nothing: {
    answer: (_, response) => response.end(),
    says: /crl-invalid: .*no certificate revocation list/,
  },
  'a list that is cut, and its length given': {
    answer: (_, response) => {
      const der = derOf(next);
      response.writeHead(200, { 'content-length': der.length }).write(der.subarray(0, 100), () => response.destroy());
    },
    says: /crl-unavailable: .*the connection broke off/,
  },
  'a list that is cut, in chunks without an end': {
    answer: (_, response) => response.write(derOf(next).subarray(0, 100), () => response.destroy()),
    says: /crl-unavailable: .*does not match the HTTP\/1\.1 protocol \(Invalid EOF state\)/,
  },
  'a list that is cut, and says it is whole': {
    answer: (_, response) => response.end(derOf(next).subarray(0, -1)),
    says: /crl-invalid: .*not a usable certificate revocation list/,
  },
  'PEM that is cut': {
    answer: (_, response) => response.end(readFileSync(next).subarray(0, 200)),
    says: /pem-invalid: .*the answer:1: .* has no END line/,
  },
  'a list with something behind it': {
    answer: (_, response) => response.end(Buffer.concat([derOf(next), Buffer.alloc(1)])),
    says: /crl-invalid: .*not a usable/,
  },
  'a delta list': { answer: send(delta), says: /crl-invalid: .*delta list/ },
  'the list of another CA': {
    answer: send(ofOther),
    isGoodAtFirst: true,
    says: /crl-invalid: .*it holds lists of "CN=other,O=Test", and the copy lists of "CN=ca,O=Test"/,
  },
  'the list of another CA beside ours': {
    answer: send(next, ofOther),
    isGoodAtFirst: true,
    says: /crl-invalid: .*lists of "CN=ca,O=Test" and "CN=other,O=Test"/,
  },
  'a list that somebody else signed in the name of the CA': {
    answer: send(forged),
    says: /crl-invalid: .*not signed by "CN=ca,O=Test"/,
  },
  'a forged list behind a good one': {
    answer: send(next, forged),
    says: /crl-invalid: .*not signed by "CN=ca,O=Test"/,
  },
  'an older list': {
    answer: send(older),
    isGoodAtFirst: true,
    says: /crl-invalid: .* is of .*, older than the copy's of /,
  },
  'an older list behind a newer one': {
    answer: send(next, older),
    isGoodAtFirst: true,
    says: /crl-invalid: .*older than the copy's/,
  },
  'an older list of the same second': {
    answer: send(numberedBefore),
    isGoodAtFirst: true,
    says: /crl-invalid: .*older than the copy's/,
  },
  'a list of tomorrow': { answer: send(future), isGoodAtFirst: true, says: /crl-invalid: .*counts only from .*clocks/ },
  'an error': {
    answer: (_, response) => response.writeHead(404).end(readFileSync(next)),
    says: /crl-unavailable: .*status 404/,
  },
  'a part': {
    answer: (_, response) => response.writeHead(206).end(readFileSync(next)),
    says: /crl-unavailable: .*status 206/,
  },
  'a compressed list that nobody asked for': {
    answer: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(readFileSync(next))),
    says: /crl-unavailable: .*content coding, "gzip"/,
  },
  'more than may come, and its length given': {
    answer: (_, response) => response.writeHead(200, { 'content-length': 1e9 }).write('x'),
    says: /crl-unavailable: .*larger than 5000 bytes/,
  },
  'more than may come, without end': {
    answer: (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(4096)));
      };
      response.on('drain', more);
      more();
    },
    says: /crl-unavailable: .*larger than 5000 bytes/,
  },
  'nothing at all, for too long': {
    answer: () => {},
    says: /crl-unavailable: .*took longer than 0\.3 s/,
  },
  'a byte now and then': {
    answer: (_, response) => {
      const timer = setInterval(() => response.write('0'), 20);
      response.on('close', () => clearInterval(timer));
    },
    says: /crl-unavailable: .*took longer than 0\.3 s/,
  },
  'no HTTP': {
    answer: (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    says: /crl-unavailable: .*/,
  },
};

async function startWithGoodCopy(
  t: Parameters<typeof startCrlServer>[0],
): Promise<[CrlServer, WatchedDownloads, string]> {
  const server = await startCrlServer(t, good);
  const copies = temporaryDirectory(t);
  const limits = { timeoutMs: 300, maxBytes: 5000 };
  const downloads = watchDownloads(t, server.url, copies, { issuers, limits });
  await downloads.ready();
  downloads.lines.length = 0;
  return [server, downloads, copies];
}

for (const [what, { answer, says, isGoodAtFirst = false }] of Object.entries(refusals)) {
  test(`the server sends ${what}`, async (t) => {
    const [server, downloads, copies] = await startWithGoodCopy(t);
    server.answer = answer;
    await downloads.elapse();
    assert.equal(downloads.lines.length, 1);
    assert.match(downloads.lines[0] ?? '', says);
    assert.match(
      downloads.lines[0] ?? '',
      /^warn .*http:\/\/127\.0\.0\.1:\d+\/ca\.crl cannot be fetched: .*; the list of "CN=ca,O=Test" is in force from .* until .*; next try in 30 s$/,
    );
    assert.equal(readFileSync(downloads.files()[0] ?? '', 'utf8'), readFileSync(good, 'utf8'));
    assert.equal(readdirSync(copies).length, 2);
    assert.equal(downloads.changes(), 0);

    server.answer = undefined;
    server.list = next;
    await downloads.elapse();
    assert.match(
      downloads.lines.slice(1).join('\n'),
      /^info: .* is fetched again: the list of "CN=ca,O=Test" is in force from [^\n]*$/,
    );
    assert.equal(readFileSync(downloads.files()[0] ?? '', 'utf8'), readFileSync(next, 'utf8'));
    assert.equal(downloads.changes(), 1);
  });

  test(`the first that the server sends is ${what}`, async (t) => {
    const server = await startCrlServer(t, good);
    server.answer = answer;
    const downloads = watchDownloads(t, server.url, temporaryDirectory(t), {
      issuers,
      limits: { timeoutMs: 300, maxBytes: 5000 },
    });
    if (isGoodAtFirst) {
      await downloads.ready();
      assert.ok(readFileSync(downloads.files()[0] ?? '').length > 0);
    } else {
      await assert.rejects(downloads.ready(), /cannot be fetched: .*; there is no copy of it in /);
    }
  });
}

test('lists of a CA that is not known are taken unverified, and give way to one that can be verified', async (t) => {
  const server = await startCrlServer(t, forged);
  let known: Certificate[] = [];
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t), { issuers: () => known });
  await downloads.ready();
  assert.equal(readFileSync(downloads.files()[0] ?? '', 'utf8'), readFileSync(forged, 'utf8'));
  known = issuers();
  server.list = good;
  await downloads.refresh();
  assert.equal(readFileSync(downloads.files()[0] ?? '', 'utf8'), readFileSync(good, 'utf8'));
  assert.equal(downloads.changes(), 1);
});

test('a CA that has a new name: its list takes the place of one that nobody can verify any more', async (t) => {
  const server = await startCrlServer(t, good);
  let known = [certificateOf(ca.certificate)];
  const downloads = watchDownloads(t, server.url, temporaryDirectory(t), { issuers: () => known });
  await downloads.ready();
  server.list = ofOther;
  await downloads.refresh();
  assert.equal(downloads.changes(), 0);
  known = [certificateOf(other.certificate)];
  await downloads.refresh();
  assert.equal(readFileSync(downloads.files()[0] ?? '', 'utf8'), readFileSync(ofOther, 'utf8'));
  assert.equal(downloads.changes(), 1);
});
