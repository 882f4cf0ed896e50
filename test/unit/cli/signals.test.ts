import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';

const module = new URL('../../../src/cli/signals.ts', import.meta.url).pathname;

/** Runs lines of code in a process of their own, with `signals` caught; resolves when it has said that it is ready. */
async function start(t: TestContext, code: string) {
  const script = `import { catchSignals } from ${JSON.stringify(module)};
    const signals = catchSignals();
    const say = (text) => process.stdout.write(text + '\\n');
    setInterval(() => {}, 1000);
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const until = async (text: string): Promise<void> => {
    while (!said.includes(text)) await once(child.stdout, 'data');
  };
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, said }));
  await until('ready');
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), input: child.stdin, until, ended };
}

test('a reload asked for during the start happens after it, once', async (t) => {
  const child = await start(
    t,
    `process.on('SIGUSR1', () => say('both are here'));
     process.stdin.once('data', () => {
       signals.untilStopped({ drain: async () => say('drain'), stop: async () => {}, reload: () => say('reload') })
         .then(() => process.exit(7));
     });
     say('ready');`,
  );
  child.kill('SIGHUP');
  child.kill('SIGUSR1');
  await child.until('both are here');
  child.input.write('go');
  await child.until('reload');
  child.kill('SIGTERM');
  const { code, said } = await child.ended;
  assert.equal(code, 7);
  assert.equal(said, 'ready\nboth are here\nreload\ndrain\n');
});

test('one signal drains, a second one stops, a third one ends what hangs', async (t) => {
  const child = await start(
    t,
    `const hang = (word) => (signal) => { say(word + ' ' + signal); return new Promise(() => {}); };
     signals.untilStopped({ drain: hang('drain'), stop: hang('stop') });
     say('ready');`,
  );
  child.kill('SIGINT');
  await child.until('drain SIGINT');
  child.kill('SIGTERM');
  await child.until('stop SIGTERM');
  child.kill('SIGINT');
  const { signal } = await child.ended;
  assert.equal(signal, 'SIGINT');
});

test('a signal that comes while the last lines are written does not cut them short', async (t) => {
  const child = await start(
    t,
    `await Promise.all([
       signals.untilStopped({ drain: async () => {}, stop: async () => say('stop') }).then(() => say('closing')),
       say('ready'),
     ]);
     process.stdin.once('data', () => { say('closed'); process.exit(0); });`,
  );
  child.kill('SIGINT');
  await child.until('closing');
  child.kill('SIGINT');
  await child.until('stop');
  child.input.write('go');
  const { code, said } = await child.ended;
  assert.deepEqual([code, said], [0, 'ready\nclosing\nstop\nclosed\n']);
});
