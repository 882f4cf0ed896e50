// Attack: the ClientHello comes in pieces, so that whoever picks the trust by the first piece sees no server name and
// falls back to a block without client certificates.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeTrust } from '../support/guarded-gateway.ts';
import { tlsVersions } from '../support/tls-client.ts';
import { startOpenAndStrict } from '../support/two-blocks.ts';

const trust = makeTrust({ after });
const headBytes = 5;

/** The same handshake bytes in records of at most this many (RFC 8446 §5.1 lets a message span records). */
function inRecords(hello: Buffer, size: number): Buffer[] {
  const body = hello.subarray(headBytes);
  const records: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    const head = Buffer.from(hello.subarray(0, headBytes));
    head.writeUInt16BE(piece.length, 3);
    records.push(Buffer.concat([head, piece]));
  }
  return records;
}

function inSegments(hello: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < hello.length; at += size) pieces.push(hello.subarray(at, at + size));
  return pieces;
}

const cuts: Readonly<Record<string, (hello: Buffer) => readonly Buffer[]>> = {
  'two records': (hello) => inRecords(hello, Math.ceil((hello.length - headBytes) / 2)),
  'two records in one segment': (hello) => [Buffer.concat(inRecords(hello, 100))],
  'records of 4 bytes': (hello) => inRecords(hello, 4),
  'segments of 7 bytes': (hello) => inSegments(hello, 7),
  'the head alone, then the rest': (hello) => [hello.subarray(0, headBytes), hello.subarray(headBytes)],
  'one byte, then the rest': (hello) => [hello.subarray(0, 1), hello.subarray(1)],
};

for (const version of tlsVersions) {
  for (const [name, rewriteHello] of Object.entries(cuts)) {
    test(`a ClientHello in ${name} is read whole (${version})`, async (t) => {
      const { served, refused } = await startOpenAndStrict(t, trust);
      const strict = { version, serverName: 'strict.test', host: 'strict.test', rewriteHello };
      const { line } = await refused(strict, { code: 'client-certificate-missing' });
      assert.equal(line.server, 'strict.test');
      assert.equal(line.sni, 'strict.test');
      await refused({ ...strict, host: 'open.test' }, { code: 'client-certificate-missing' });
      await served({ ...strict, identity: trust.client });
      await served({ ...strict, serverName: 'open.test', host: 'open.test' });
    });
  }
}

test('a record before it leads to no other block', async (t) => {
  const { served, refused } = await startOpenAndStrict(t, trust);
  const behind =
    (...record: readonly number[]) =>
    (hello: Buffer): Buffer[] => [Buffer.concat([Buffer.from(record), hello])];
  const anAlert = behind(21, 3, 1, 0, 2, 1, 0);
  const aChangeCipherSpec = behind(20, 3, 3, 0, 1, 1);
  for (const rewriteHello of [anAlert, aChangeCipherSpec]) {
    for (const host of ['strict.test', 'open.test']) {
      const { line } = await refused({ serverName: host, host, rewriteHello }, { code: 'handshake-failed' });
      assert.equal(line.server, 'strict.test');
    }
  }
  // OpenSSL takes an empty handshake record; so both of us have to look behind it.
  const rewriteHello = behind(22, 3, 1, 0, 0);
  const attempt = { serverName: 'strict.test', host: 'strict.test', rewriteHello };
  const { line } = await refused(attempt, { code: 'client-certificate-missing' });
  assert.equal(line.server, 'strict.test');
  await served({ ...attempt, identity: trust.client });
});
