// Groups of servers behind one route: who is asked, who is passed over, what is tried again and what never is. Every
// attempt is counted where it arrives, at the servers.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type ClientSide, startClientSide } from '../support/client-side.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { createRecordingBackend, type RecordingBackend, type Respond } from '../support/recording-backend.ts';

const answer = (name: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;

/** Takes a request and closes the connection without an answer. */
const closes: Respond = (_head, socket) => {
  socket.destroy();
  return undefined;
};

interface Group extends ClientSide {
  readonly backends: Readonly<Record<string, RecordingBackend>>;
  /** How many requests each server has got. */
  counts(): Record<string, number>;
  /** Asks so often, one after the other; returns who answered. */
  askTimes(times: number, init?: RequestInit): Promise<string[]>;
  /** The lines of the program's log that speak of servers being up or down. */
  news(): string[];
  /** Moves the clock of the gateway on. */
  pass(ms: number): void;
}

interface GroupOptions {
  /** Options of each server by name; the server answers with its name. */
  readonly servers: Readonly<Record<string, object>>;
  /** More keys of the upstream. */
  readonly upstream?: Readonly<Record<string, unknown>>;
  /** Servers that do something else than answer. */
  readonly respond?: Readonly<Record<string, Respond>>;
  /** Servers that do not listen. */
  readonly down?: readonly string[];
}

async function startGroup(t: TestContext, options: GroupOptions): Promise<Group> {
  const { servers, upstream = {}, respond = {}, down = [] } = options;
  const backends: Record<string, RecordingBackend> = {};
  for (const name of Object.keys(servers)) {
    backends[name] = await createRecordingBackend(t, { respond: respond[name] ?? (() => answer(name)) });
    if (down.includes(name)) await backends[name].close();
  }
  let now = Date.now();
  const list = Object.entries(servers).map(([name, facts]) => ({ url: backends[name]?.url, ...facts }));
  const side = await startClientSide(
    t,
    temporaryDirectory(t),
    { group: { servers: list, ...upstream } },
    { now: () => now },
  );
  return {
    ...side,
    backends,
    counts: () => Object.fromEntries(Object.entries(backends).map(([name, { heads }]) => [name, heads.length])),
    askTimes: async (times, init) => {
      const bodies: string[] = [];
      for (let i = 0; i < times; i += 1) {
        const { status, body } = await side.ask('group', init);
        bodies.push(status === 200 ? body : String(status));
      }
      return bodies;
    },
    news: () => side.gateway.lines.filter(({ msg }) => msg.startsWith('upstream group: ')).map(({ msg }) => msg),
    pass: (ms) => {
      now += ms;
    },
  };
}

describe('whose turn it is', () => {
  test('round-robin goes by weight, smoothly', async (t) => {
    const { askTimes } = await startGroup(t, { servers: { a: { weight: 3 }, b: {} } });
    assert.equal((await askTimes(8)).join(''), 'aabaaaba');
  });

  test('least-connections passes over who is still busy', async (t) => {
    const held: (() => void)[] = [];
    const respond: Respond = (_head, socket) => {
      held.push(() => socket.write(answer('a')));
      return undefined;
    };
    const { ask, askTimes, backends } = await startGroup(t, {
      servers: { a: {}, b: {} },
      upstream: { balance: 'least-connections' },
      respond: { a: respond },
    });
    const slow = ask('group');
    await backends.a?.untilHeads(1);
    assert.equal((await askTimes(3)).join(''), 'bbb');
    for (const answerNow of held) answerNow();
    assert.equal((await slow).body, 'a');
  });

  test('hash sends equal keys to one server, and moves only the keys of a server that is gone', async (t) => {
    const { ask, backends } = await startGroup(t, {
      servers: { a: {}, b: {}, c: {} },
      upstream: { balance: 'hash', hashKey: '$http_x_user' },
    });
    const ofUser = async (user: number): Promise<string> =>
      (await ask('group', { headers: { 'x-user': String(user) } })).body;
    const users = Array.from({ length: 40 }, (_, i) => i);
    const first = await Promise.all(users.map(ofUser));
    assert.deepEqual(await Promise.all(users.map(ofUser)), first);
    assert.deepEqual(new Set(first), new Set(['a', 'b', 'c']));
    await backends.c?.close();
    const after = await Promise.all(users.map(ofUser));
    for (const user of users) {
      if (first[user] === 'c') assert.match(after[user] as string, /^[ab]$/);
      else assert.equal(after[user], first[user]);
    }
  });

  test('a backup is asked only while all others are out', async (t) => {
    const { askTimes, pass, counts } = await startGroup(t, {
      servers: { a: { failTimeout: '10s' }, spare: { backup: true } },
      respond: { a: failingAtFirst(1) },
    });
    assert.deepEqual(await askTimes(3), ['spare', 'spare', 'spare']);
    assert.deepEqual(counts(), { a: 1, spare: 3 });
    pass(10_001);
    assert.deepEqual(await askTimes(3), ['a', 'a', 'a']);
  });
});

/** Closes on the first requests and answers the later ones. */
function failingAtFirst(times: number): Respond {
  let count = 0;
  return (head, socket, connection) => {
    count += 1;
    return count <= times ? closes(head, socket, connection) : answer('a');
  };
}

describe('a server that fails', () => {
  test('is left out after maxFails, for failTimeout; the log says so once, and when it answers again', async (t) => {
    const { askTimes, counts, news, pass, backends } = await startGroup(t, {
      servers: { a: { maxFails: 2, failTimeout: '10s' }, b: {} },
      respond: { a: failingAtFirst(2) },
    });
    assert.equal((await askTimes(8)).join(''), 'bbbbbbbb');
    assert.deepEqual(counts(), { a: 2, b: 8 });
    const { url } = backends.a as RecordingBackend;
    const [failing, out, ...more] = news();
    assert.match(failing ?? '', new RegExp(`^upstream group: ${url} closed the connection before it answered`));
    assert.doesNotMatch(failing ?? '', /is not asked/);
    assert.match(out ?? '', /; it is not asked for 10000 ms$/);
    assert.deepEqual(more, []);
    pass(10_001);
    assert.deepEqual(new Set(await askTimes(4)), new Set(['a', 'b']));
    assert.deepEqual(news().slice(2), [`upstream group: ${url} answers again`]);
  });

  test('that does not listen is passed over by any request, and said to be down once', async (t) => {
    const { askTimes, news, backends } = await startGroup(t, { servers: { a: {}, b: {} }, down: ['a'] });
    assert.equal((await askTimes(4, { method: 'POST', body: 'order' })).join(''), 'bbbb');
    assert.deepEqual(news(), [
      `upstream group: ${backends.a?.url} refuses connections: nothing listens there; start the service or mend the address; it is not asked for 10000 ms`,
    ]);
    assert.equal(backends.b?.received.match(/order/g)?.length, 4);
  });

  test('with maxFails 0 is never left out', async (t) => {
    const { askTimes, counts } = await startGroup(t, {
      servers: { a: { maxFails: 0 }, b: {} },
      respond: { a: closes },
    });
    assert.equal((await askTimes(6)).join(''), 'bbbbbb');
    assert.deepEqual(counts(), { a: 3, b: 6 });
  });

  test('and all others with it: 502 for who met it, 503 until failTimeout is over', async (t) => {
    const { askTimes, counts, pass } = await startGroup(t, {
      servers: { a: { failTimeout: '5s' }, b: { failTimeout: '5s' } },
      respond: { a: closes, b: closes },
    });
    assert.deepEqual(await askTimes(3), ['502', '503', '503']);
    assert.deepEqual(counts(), { a: 1, b: 1 });
    pass(5001);
    assert.deepEqual(await askTimes(1), ['502']);
  });

  test('alone in its group is always asked', async (t) => {
    const { askTimes, counts } = await startGroup(t, { servers: { a: {} }, respond: { a: failingAtFirst(2) } });
    assert.deepEqual(await askTimes(3), ['502', '502', 'a']);
    assert.deepEqual(counts(), { a: 3 });
  });
});

describe('what is tried again at another server', () => {
  const repeated = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
  const once: Readonly<Record<string, RequestInit>> = {
    POST: { method: 'POST' },
    'POST with a body': { method: 'POST', body: 'order' },
    PATCH: { method: 'PATCH' },
    'PUT with a body': { method: 'PUT', body: 'order' },
  };
  for (const method of repeated) {
    test(`${method}, once at each server`, async (t) => {
      const { ask, counts } = await startGroup(t, { servers: { a: {}, b: {} }, respond: { a: closes } });
      assert.equal((await ask('group', { method })).status, 200);
      assert.deepEqual(counts(), { a: 1, b: 1 });
    });
  }
  for (const [what, init] of Object.entries(once)) {
    test(`${what} never, once it was sent`, async (t) => {
      const { ask, counts } = await startGroup(t, { servers: { a: {}, b: {} }, respond: { a: closes } });
      assert.equal((await ask('group', init)).status, 502);
      assert.deepEqual(counts(), { a: 1, b: 0 });
    });
  }

  test('nothing that was answered, whatever the answer', async (t) => {
    const { ask, counts } = await startGroup(t, {
      servers: { a: {}, b: {} },
      respond: { a: () => 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy' },
    });
    assert.deepEqual(await ask('group'), { status: 503, body: 'busy' });
    assert.deepEqual(counts(), { a: 1, b: 0 });
  });

  test('a GET that is not answered in time', async (t) => {
    const { ask, counts } = await startGroup(t, {
      servers: { a: {}, b: {} },
      upstream: { responseTimeout: '100ms' },
      respond: { a: () => undefined },
    });
    assert.deepEqual(await ask('group'), { status: 200, body: 'b' });
    assert.deepEqual(counts(), { a: 1, b: 1 });
  });

  test('and not a POST that is not answered in time: 504', async (t) => {
    const { ask, counts } = await startGroup(t, {
      servers: { a: {}, b: {} },
      upstream: { responseTimeout: '100ms' },
      respond: { a: () => undefined },
    });
    assert.equal((await ask('group', { method: 'POST', body: 'order' })).status, 504);
    assert.deepEqual(counts(), { a: 1, b: 0 });
  });
});

test('a server gets no more at once than maxConnections; with all full the answer is 503 at once', async (t) => {
  const held: (() => void)[] = [];
  const holds =
    (name: string): Respond =>
    (_head, socket) => {
      held.push(() => socket.write(answer(name)));
      return undefined;
    };
  const { ask, askTimes, backends, counts, gateway } = await startGroup(t, {
    servers: { a: { maxConnections: 2 }, b: { maxConnections: 1 } },
    respond: { a: holds('a'), b: holds('b') },
  });
  const slow = [ask('group'), ask('group'), ask('group')];
  await Promise.all([backends.a?.untilHeads(2), backends.b?.untilHeads(1)]);
  assert.deepEqual(await askTimes(2), ['503', '503']);
  await gateway.lineWhere(({ msg }) => /0 out after failures, 2 with as many connections as they may have/.test(msg));
  for (const answerNow of held) answerNow();
  assert.deepEqual((await Promise.all(slow)).map(({ body }) => body).sort(), ['a', 'a', 'b']);
  const next = ask('group');
  await Promise.race([backends.a?.untilHeads(3), backends.b?.untilHeads(2)]);
  held.at(-1)?.();
  assert.equal((await next).status, 200);
  assert.equal((counts().a ?? 0) + (counts().b ?? 0), 4);
});
