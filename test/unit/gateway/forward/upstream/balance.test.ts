import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Choice,
  decideNext,
  isUp,
  recordFailure,
  recordSuccess,
  type ServerState,
  serverStateOf,
} from '../../../../../src/gateway/forward/upstream/balance.ts';
import { type ServerFacts, serverAt } from '../../../../support/upstream-config.ts';

const states = (...facts: ServerFacts[]): ServerState[] =>
  facts.map((fact, at) => serverStateOf(serverAt(`http://${'abcdef'[at]}.test:80`, fact)));

const nameOf = (state: ServerState | undefined): string => state?.server.url.charAt(7) ?? '-';

/** Asks `count` times, as if every request were over at once. */
function ask(among: readonly ServerState[], count: number, facts: Partial<Choice> = {}): string {
  let text = '';
  for (let i = 0; i < count; i += 1) {
    text += nameOf(decideNext(among, { balance: 'round-robin', tried: new Set(), nowMs: 0, ...facts }));
  }
  return text;
}

describe('round-robin', () => {
  test('takes servers of equal weight in turn', () => {
    assert.equal(ask(states({}, {}, {}), 7), 'abcabca');
  });

  test('spreads the heavier server smoothly, as nginx does (5, 1, 1)', () => {
    assert.equal(ask(states({ weight: 5 }, {}, {}), 7), 'aabacaa');
  });

  test('leaves out a server that this request has tried', () => {
    const among = states({}, {}, {});
    const tried = new Set([among[1] as ServerState]);
    assert.equal(ask(among, 4, { tried }), 'acac');
  });
});

describe('least-connections', () => {
  test('takes the server with the fewest in flight for its weight', () => {
    const among = states({}, { weight: 3 }, {});
    const [a, b, c] = among as [ServerState, ServerState, ServerState];
    a.inFlight = 1;
    b.inFlight = 2;
    c.inFlight = 1;
    assert.equal(ask(among, 1, { balance: 'least-connections' }), 'b');
    b.inFlight = 4;
    assert.notEqual(ask(among, 1, { balance: 'least-connections' }), 'b');
  });

  test('takes equally loaded servers in turn', () => {
    assert.equal(ask(states({}, {}), 4, { balance: 'least-connections' }), 'abab');
  });
});

describe('hash', () => {
  const keys = Array.from({ length: 400 }, (_, at) => `/page/${at}`);
  const map = (among: readonly ServerState[], facts: Partial<Choice> = {}): string[] =>
    keys.map((hashKey) => ask(among, 1, { balance: 'hash', hashKey, ...facts }));

  test('sends equal keys to the same server, whatever came before', () => {
    const among = states({}, {}, {});
    assert.deepEqual(map(among), map(among));
    assert.deepEqual(map(among), map(states({}, {}, {})));
  });

  test('moves only the keys of the server that is gone', () => {
    const among = states({}, {}, {});
    const before = map(among);
    const after = map(among, { tried: new Set([among[1] as ServerState]) });
    for (const [at, name] of before.entries()) {
      if (name === 'b') assert.notEqual(after[at], 'b');
      else assert.equal(after[at], name);
    }
  });

  test('gives each server a share by its weight', () => {
    const share = map(states({ weight: 3 }, {})).filter((name) => name === 'a').length / keys.length;
    assert.ok(share > 0.68 && share < 0.82, `three quarters expected, ${share} found`);
  });
});

describe('backup', () => {
  test('is asked only when no other can take the request', () => {
    const among = states({}, { backup: true });
    assert.equal(ask(among, 3), 'aaa');
    assert.equal(ask(among, 2, { tried: new Set([among[0] as ServerState]) }), 'bb');
  });
});

describe('maxConnections', () => {
  test('keeps a server from being asked while it has as many as it may', () => {
    const among = states({ maxConnections: 1 }, {});
    const [a] = among as [ServerState];
    a.inFlight = 1;
    assert.equal(ask(among, 2), 'bb');
    a.inFlight = 0;
    assert.match(ask(among, 2), /a/);
  });

  test('holds for a server without siblings, too', () => {
    const among = states({ maxConnections: 2 });
    (among[0] as ServerState).inFlight = 2;
    assert.equal(ask(among, 1), '-');
  });
});

describe('failures', () => {
  const failTimeoutMs = 10_000;

  test('take a server out for failTimeout after maxFails', () => {
    const among = states({ maxFails: 2, failTimeoutMs }, {});
    const [a] = among as [ServerState];
    recordFailure(a, 1000);
    assert.equal(isUp(among, a, 1000), true);
    recordFailure(a, 2000);
    assert.equal(isUp(among, a, 2000), false);
    assert.equal(ask(among, 3, { nowMs: 12_000 }), 'bbb');
    assert.equal(isUp(among, a, 12_001), true);
  });

  test('after which one request tries it, and the others wait for how that ends', () => {
    const among = states({ failTimeoutMs }, {});
    const [a] = among as [ServerState];
    recordFailure(a, 0);
    const asked = ask(among, 6, { nowMs: 10_001 });
    assert.equal(asked.replaceAll('b', ''), 'a');
    recordSuccess(a);
    assert.equal(isUp(among, a, 10_002), true);
    assert.match(ask(among, 4, { nowMs: 10_002 }), /a/);
  });

  test('a trial that fails takes it out for another failTimeout', () => {
    const among = states({ failTimeoutMs }, {});
    const [a] = among as [ServerState];
    recordFailure(a, 0);
    ask(among, 2, { nowMs: 10_001 });
    recordFailure(a, 10_500);
    assert.equal(isUp(among, a, 20_500), false);
    assert.equal(isUp(among, a, 20_501), true);
  });

  test('never take out a server without siblings', () => {
    const among = states({ failTimeoutMs });
    const [a] = among as [ServerState];
    for (let i = 0; i < 5; i += 1) recordFailure(a, i);
    assert.equal(isUp(among, a, 5), true);
    assert.equal(ask(among, 2, { nowMs: 5 }), 'aa');
  });

  test('never take out a server with maxFails 0', () => {
    const among = states({ maxFails: 0 }, {});
    const [a] = among as [ServerState];
    recordFailure(a, 0);
    assert.match(ask(among, 4, { nowMs: 1 }), /a/);
  });

  test('leave nobody where all are out, and the backup where there is one', () => {
    const without = states({}, {});
    for (const state of without) recordFailure(state, 0);
    assert.equal(ask(without, 1, { nowMs: 1 }), '-');
    const withBackup = states({}, { backup: true });
    recordFailure(withBackup[0] as ServerState, 0);
    assert.equal(ask(withBackup, 1, { nowMs: 1 }), 'b');
  });

  test('lower the share of a server that is still in, which then grows again', () => {
    const among = states({ weight: 4, maxFails: 2 }, { weight: 4 });
    const [a] = among as [ServerState];
    recordFailure(a, 0);
    assert.equal(a.effectiveWeight, 2);
    ask(among, 4);
    assert.equal(a.effectiveWeight, 4);
  });
});
