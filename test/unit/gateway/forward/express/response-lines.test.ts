// The quick way to write a response's header keeps and drops what the reference does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createResponseFilter } from '../../../../../src/gateway/forward/express/response-lines.ts';
import { planResponseHeaders } from '../../../../../src/gateway/forward/headers/response-headers.ts';

const filter = createResponseFilter();

function reference(raw: readonly string[]): string {
  const { headers } = planResponseHeaders(raw);
  let text = '';
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return text;
}

test('an ordinary header passes without what belongs to the connection', () => {
  const raw = [
    'Server',
    'x',
    'Connection',
    'keep-alive',
    'Keep-Alive',
    'timeout=5',
    'date',
    'today',
    'Content-Length',
    '2',
  ];
  assert.deepEqual(filter.linesOf(raw, false), {
    text: 'Server: x\r\ndate: today\r\nContent-Length: 2\r\n',
    hasDate: true,
    hasLength: true,
  });
  assert.deepEqual(filter.linesOf(raw, true), {
    text: 'Server: x\r\ndate: today\r\n',
    hasDate: true,
    hasLength: false,
  });
});

test('identity headers of the upstream stay behind', () => {
  assert.equal(
    filter.linesOf(['X-SSL-Client-S-DN', 'CN=x', 'Client_Cert', ':eA==:', 'X-A', '1'], false).text,
    'X-A: 1\r\n',
  );
});

test('what a Connection header names stays behind', () => {
  assert.equal(filter.linesOf(['X-A', '1', 'Connection', 'x-a, close', 'X-B', '2'], false).text, 'X-B: 2\r\n');
});

test('whatever the fields are, the result is that of the reference', () => {
  const name = fc.constantFrom(
    ...['Connection', 'connection', 'Vary', 'VARY', 'X-A', 'x-a', 'Date', 'Content-Length', 'Set-Cookie', 'Keep-Alive'],
    ...['Client-Cert', 'X_SSL_Client_Verify', 'Upgrade', 'Transfer-Encoding', 'Trailer', 'ETag', 'Proxy-Authenticate'],
  );
  const value = fc.constantFrom(
    ...[
      'close',
      'keep-alive',
      'x-a',
      'X-A, close',
      'etag',
      'Accept',
      'accept-encoding, Cookie',
      'Client-Cert',
      '*',
      '',
    ],
    ...['Accept, Client-Cert', 'x-ssl-client-s-dn', '5', 'upgrade'],
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (fields) => {
      const raw = fields.flat();
      assert.equal(filter.linesOf(raw, false).text, reference(raw));
    }),
    { seed: 4, numRuns: 2000 },
  );
});

test('memory stays bounded, whatever names upstreams choose', () => {
  for (let i = 0; i < 5000; i += 1) assert.equal(filter.linesOf([`X-${i}`, '1'], false).text, `X-${i}: 1\r\n`);
});
