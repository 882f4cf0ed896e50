import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAltName, parseAltNameTexts, printAltName } from '../../../src/ca/alt-name.ts';

const read = (...texts: string[]): string[] => parseAltNameTexts(texts).map(printAltName);
const usage = { code: 'usage' };

test('a name says its type, or it is guessed', () => {
  assert.deepEqual(read('DNS:a.example', 'ip:10.0.0.1', 'URI:urn:x:y', 'EMAIL:a@b.example'), [
    'DNS:a.example',
    'IP:10.0.0.1',
    'URI:urn:x:y',
    'email:a@b.example',
  ]);
  assert.deepEqual(read('a.example,10.0.0.1,::1,spiffe://a.example/x,a@b.example,localhost'), [
    'DNS:a.example',
    'IP:10.0.0.1',
    'IP:::1',
    'URI:spiffe://a.example/x',
    'email:a@b.example',
    'DNS:localhost',
  ]);
});

test('a comma within a name is escaped; the same name counts once', () => {
  assert.deepEqual(read('URI:https://a.example/x\\,y, DNS:b.example', 'b.example'), [
    'URI:https://a.example/x,y',
    'DNS:b.example',
  ]);
});

test('an international name is written in its ASCII form', () => {
  assert.deepEqual(read('DNS:bücher.example', 'DNS:WWW.Example'), ['DNS:xn--bcher-kva.example', 'DNS:www.example']);
});

const refused: Record<string, RegExp> = {
  '': /an empty name/,
  'a.example,,b.example': /an empty name/,
  'DNS:10.0.0.1': /write IP:/,
  'DNS:a b.example': /not a DNS name/,
  'DNS:a.example.': /ends without a dot/,
  'DNS:-a.example': /not a DNS name/,
  'DNS:*.*.example': /wildcard/,
  'DNS:a*.example': /wildcard/,
  'DNS:*': /wildcard/,
  [`DNS:${'a'.repeat(64)}.example`]: /not a DNS name/,
  [`DNS:${'a.'.repeat(130)}example`]: /not a DNS name/,
  'IP:10.0.0.256': /not an IP address/,
  'IP:10.0.0.0/8': /not an IP address/,
  'IP:fe80::1%eth0': /not an IP address/,
  'URI:/relative': /not an absolute URI/,
  'URI:https://a.example/ x': /not an absolute URI/,
  'URI:https://bücher.example/': /not an absolute URI/,
  'URI:spiffe://a.example:80/x': /SPIFFE/,
  'URI:spiffe:///x': /SPIFFE/,
  'URI:spiffe://a.example/x?y': /SPIFFE/,
  'email:nobody': /not an e-mail address/,
  'email:a b@c.example': /not an e-mail address/,
  'email:ä@c.example': /not an e-mail address/,
  'email:a@-c': /not a DNS name/,
};

for (const [text, message] of Object.entries(refused)) {
  test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.throws(() => parseAltNameTexts([text]), { ...usage, message });
  });
}

test('a wildcard stands for the whole first label', () => {
  assert.deepEqual(read('DNS:*.a.example'), ['DNS:*.a.example']);
});

test('a server can be called by its own name if that is a host', () => {
  assert.deepEqual(hostAltName('Service1.B.example'), { type: 'DNS', value: 'service1.b.example' });
  assert.deepEqual(hostAltName('::1'), { type: 'IP', value: '::1' });
  assert.equal(hostAltName('my server'), undefined);
});
