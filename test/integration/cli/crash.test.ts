// A fault of the program itself: it ends with a line that says where, and without losing one of another. The faults are
// thrown from outside, by a signal that the program does not know.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../support/openssl.ts';
import { type Ended, startMutual } from '../../support/spawn-mutual.ts';

const faults = {
  'an exception that nobody catches': 'throw new TypeError("first line\\nsecond line")',
  'a promise that is rejected with nobody listening': 'void Promise.reject(new TypeError("first line\\nsecond line"))',
  'an exception in the middle of another': `process.on("uncaughtException", () => { throw new Error("again") });
    throw new TypeError("first line\\nsecond line")`,
  'something that is no error': 'throw "first line\\nsecond line"',
};

async function crash(t: TestContext, fault: string, log: object): Promise<Ended & { readonly directory: string }> {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'mutual.yaml');
  const server = { listen: '127.0.0.1:0', routes: [{ path: '/', respond: { body: 'ok' } }] };
  writeFileSync(file, JSON.stringify({ servers: [server], log }));
  const bomb = `process.on("SIGUSR2", () => { ${fault} })`;
  const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(bomb)}`];
  const mutual = await startMutual(t, file, { nodeOptions });
  for (let n = 0; n < 20; n += 1) assert.equal((await fetch(`${mutual.urls[0]}/${n}`)).status, 200);
  mutual.signal('SIGUSR2');
  return { ...(await mutual.ended), directory };
}

/** Long enough that nothing is written but by the end. */
const access = { format: '$request_uri', file: 'access.log', buffer: '1m', flush: '1h' };

for (const [what, fault] of Object.entries(faults)) {
  test(`${what} is told in one line, and no other line is lost`, async (t) => {
    const { exitCode, stderr, directory } = await crash(t, fault, { access });
    assert.equal(exitCode, 1);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const fatal = lines.filter(({ level }) => level === 'fatal');
    assert.equal(fatal.length, 1, stderr);
    assert.match(fatal[0].msg, /^a fault of the program ends it: .*first line; second line/);
    assert.equal(fatal[0].code, 'internal');
    if (!fault.includes('throw "')) assert.match(fatal[0].err.stack, /^TypeError: first line\nsecond line\n +at /);
    assert.deepEqual(
      readFileSync(join(directory, 'access.log'), 'utf8').trimEnd().split('\n'),
      Array.from({ length: 20 }, (_, n) => `/${n}`),
    );
  });
}

test('on standard output, too', async (t) => {
  const { exitCode, stdout } = await crash(t, 'throw new Error("boom")', { access: { ...access, file: undefined } });
  assert.equal(exitCode, 1);
  assert.equal(stdout.trimEnd().split('\n').length, 20);
});
