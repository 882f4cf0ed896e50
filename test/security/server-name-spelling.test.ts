// Attack: the server name is spelled so that it misses the block that demands a certificate and falls to one that does
// not: letter case, dots, NUL, excess length, names of nobody, no name at all.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeTrust } from '../support/guarded-gateway.ts';
import { tlsVersions } from '../support/tls-client.ts';
import { startOpenAndStrict } from '../support/two-blocks.ts';

const trust = makeTrust({ after });

/** Each of them means the strict block, or nobody: the strictest block takes what is nobody's. */
const names = [
  ...['strict.test', 'STRICT.TEST', 'Strict.Test', 'strict.test.', 'STRICT.TEST.'],
  ...['unknown.test', 'open.test.unknown.test', 'x.open.test', '*.test', '127.0.0.1.test', 'open.test..', '.open.test'],
  ...['open.test:8443', 'open.test/', ' open.test', 'open.test ', 'open.test\t', 'open_test', 'öpen.test', '-'],
  ...[`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(63), 'a'.repeat(255), `open.test${'.'.repeat(200)}`],
];

for (const version of tlsVersions) {
  test(`no spelling of a server name leads around a certificate (${version})`, async (t) => {
    const { served, refused } = await startOpenAndStrict(t, trust);
    for (const serverName of [undefined, ...names]) {
      const attempt = { version, ...(serverName === undefined ? {} : { serverName }) };
      for (const host of ['strict.test', 'open.test']) {
        const { line } = await refused({ ...attempt, host }, { code: 'client-certificate-missing' });
        assert.equal(line.server, 'strict.test', serverName);
      }
    }
    for (const serverName of ['STRICT.TEST', 'strict.test.', 'unknown.test']) {
      await served({ version, serverName, host: 'strict.test', identity: trust.client });
    }
    for (const serverName of ['open.test', 'OPEN.Test', 'open.test.']) {
      await served({ version, serverName, host: 'open.test' });
      await refused({ version, serverName, host: 'strict.test' }, { code: 'misdirected-request', status: 421 });
    }
  });

  test(`a name with a NUL or with another name behind it gets no handshake (${version})`, async (t) => {
    const { served, refused } = await startOpenAndStrict(t, trust);
    const attempt = { version, serverName: 'open.test-strict.test', host: 'open.test' };
    const withNul = (hello: Buffer): Buffer[] => [replaced(hello, 'open.test-strict', 'open.test\0strict')];
    const { line } = await refused({ ...attempt, rewriteHello: withNul }, { code: 'handshake-failed' });
    assert.equal(line.server, 'strict.test');
    assert.equal(line.sni, undefined);
    // Two names in one list (RFC 6066 §3 forbids them): `-s` becomes the type and half the length of a second one.
    const withTwo = (hello: Buffer): Buffer[] => {
      const at = hello.indexOf(attempt.serverName);
      const changed = replaced(hello, 'open.test-strict.test', 'open.test\0\0\u0009ict.test9');
      changed.writeUInt16BE(9, at - 2);
      return [changed];
    };
    await refused({ ...attempt, rewriteHello: withTwo }, { code: 'handshake-failed' });
    await served({ ...attempt, serverName: 'open.test', rewriteHello: (hello) => [hello] });
  });
}

/** The same bytes with one text in the place of another of the same length. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const at = bytes.indexOf(from);
  assert.ok(at > 0 && from.length === to.length);
  const changed = Buffer.from(bytes);
  changed.write(to, at, 'latin1');
  return changed;
}
