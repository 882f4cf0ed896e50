import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { findFreePort } from '../../../src/demo/free-port.ts';

async function occupy(t: TestContext, host: string, port = 0): Promise<number | undefined> {
  const server = createServer();
  t.after(() => server.close());
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
  test(`a port that somebody has on ${host} is passed over`, async (t) => {
    const taken = await occupy(t, host);
    if (taken === undefined) return t.skip(`this machine has no ${host}`);
    const found = await findFreePort(taken);
    assert.ok(found > taken, `${found}`);
    assert.equal(await occupy(t, '127.0.0.1', found), found);
  });
}

test('a port that nobody has is the one', async (t) => {
  const free = await findFreePort(20_000 + (process.pid % 10_000));
  assert.equal(await findFreePort(free), free);
  assert.equal(await occupy(t, '127.0.0.1', free), free);
});
