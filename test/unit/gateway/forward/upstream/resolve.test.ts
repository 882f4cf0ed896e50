import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { describe, test } from 'node:test';
import { createLookup, type LookupAll } from '../../../../../src/gateway/forward/upstream/resolve.ts';

interface Fixture {
  /** The addresses in the order in which a connection would try them. */
  lookup(host?: string): Promise<string[]>;
  readonly questions: string[];
  readonly stale: string[];
  now: number;
  answer: string[] | 'fails';
}

function createFixture(ttlMs = 1000): Fixture {
  const fixture: Fixture = {
    questions: [],
    stale: [],
    now: 0,
    answer: ['192.0.2.1'],
    lookup: (host = 'b.test') =>
      new Promise((resolve, reject) => {
        lookup(host, { all: true }, (error, addresses) => {
          if (error !== null) reject(error);
          else resolve((addresses as LookupAddress[]).map(({ address }) => address));
        });
      }),
  };
  const lookupAll: LookupAll = (host, callback) => {
    fixture.questions.push(host);
    const { answer } = fixture;
    setImmediate(() => {
      if (answer === 'fails') callback(Object.assign(new Error('no name server'), { code: 'EAI_AGAIN' }), []);
      else
        callback(
          null,
          answer.map((address) => ({ address, family: 4 })),
        );
    });
  };
  const lookup = createLookup({
    ttlMs,
    now: () => fixture.now,
    lookupAll,
    onStale: (host) => fixture.stale.push(host),
  });
  return fixture;
}

describe('a resolved name', () => {
  test('is believed for the time given, and asked for again after it', async () => {
    const names = createFixture(1000);
    assert.deepEqual(await names.lookup(), ['192.0.2.1']);
    names.answer = ['192.0.2.2'];
    names.now = 999;
    assert.deepEqual(await names.lookup(), ['192.0.2.1']);
    names.now = 1000;
    assert.deepEqual(await names.lookup(), ['192.0.2.2']);
    assert.equal(names.questions.length, 2);
  });

  test('is asked for once by those who ask at the same time', async () => {
    const names = createFixture();
    await Promise.all([names.lookup(), names.lookup(), names.lookup('c.test')]);
    assert.deepEqual(names.questions, ['b.test', 'c.test']);
  });

  test('gives every address its turn to be the first', async () => {
    const names = createFixture();
    names.answer = ['192.0.2.1', '192.0.2.2'];
    assert.deepEqual(await names.lookup(), ['192.0.2.1', '192.0.2.2']);
    assert.deepEqual(await names.lookup(), ['192.0.2.2', '192.0.2.1']);
    assert.deepEqual(await names.lookup(), ['192.0.2.1', '192.0.2.2']);
  });

  test('keeps its last addresses while the name servers fail, and says so', async () => {
    const names = createFixture(1000);
    await names.lookup();
    names.answer = 'fails';
    names.now = 5000;
    assert.deepEqual(await names.lookup(), ['192.0.2.1']);
    assert.deepEqual(names.stale, ['b.test']);
    names.now = 5500;
    await names.lookup();
    assert.equal(names.questions.length, 2, 'the name servers get a moment of rest');
    names.answer = ['192.0.2.9'];
    names.now = 6001;
    assert.deepEqual(await names.lookup(), ['192.0.2.9']);
  });

  test('that was never known fails, and is asked for again at once', async () => {
    const names = createFixture();
    names.answer = 'fails';
    await assert.rejects(names.lookup(), { code: 'EAI_AGAIN' });
    names.answer = [];
    await assert.rejects(names.lookup(), { code: 'ENOTFOUND' });
    names.answer = ['192.0.2.1'];
    assert.deepEqual(await names.lookup(), ['192.0.2.1']);
  });
});

test('who asks for a single address gets one', async () => {
  const lookup = createLookup({
    ttlMs: 1,
    now: () => 0,
    lookupAll: (_host, callback) => callback(null, [{ address: '::1', family: 6 }]),
    onStale: () => {},
  });
  const answer = await new Promise((resolve) => {
    lookup('b.test', {}, (error, address, family) => resolve([error, address, family]));
  });
  assert.deepEqual(answer, [null, '::1', 6]);
});
