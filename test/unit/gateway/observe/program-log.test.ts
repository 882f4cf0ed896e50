import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MutualError } from '../../../../src/errors.ts';
import { createProgramLog } from '../../../../src/gateway/observe/program-log.ts';
import { temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const module = new URL('../../../../src/gateway/observe/program-log.ts', import.meta.url).href;

const noTerminal = process.platform === 'linux' ? false : 'needs the script program of Linux';

const recordsOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a line is an object with level, time, process and message', async () => {
  const file = join(directory, 'a.log');
  const log = createProgramLog({ level: 'info', file });
  log.logger.info({ code: 'not-allowed' }, 'hello');
  log.logger.debug('not written');
  await log.close();
  const [record, ...more] = recordsOf(readFileSync(file, 'utf8'));
  assert.deepEqual(more, []);
  assert.match(String(record?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    { ...record, time: '' },
    { level: 'info', time: '', pid: process.pid, code: 'not-allowed', msg: 'hello' },
  );
});

test('credentials are not written', async () => {
  const file = join(directory, 'b.log');
  const log = createProgramLog({ level: 'info', file });
  const headers = { authorization: 'Bearer s3cret', cookie: 's3cret', 'set-cookie': ['s3cret'], accept: '*/*' };
  log.logger.info({ headers, req: { headers }, authorization: 's3cret' }, 'seen');
  await log.close();
  const text = readFileSync(file, 'utf8');
  assert.ok(!text.includes('s3cret'));
  assert.equal(text.match(/\[redacted\]/g)?.length, 7);
  assert.equal(text.match(/\*\/\*/g)?.length, 2);
});

test('our errors are a sentence, others come with their stack', async () => {
  const file = join(directory, 'c.log');
  const log = createProgramLog({ level: 'info', file });
  log.logger.error({ err: new MutualError('file-unreadable', 'x.crt:1: no', { cause: new Error('ENOENT') }) }, 'a');
  log.logger.error({ err: new TypeError('bug') }, 'b');
  log.logger.error({ err: 'text' }, 'c');
  await log.close();
  const [ours, other, text] = recordsOf(readFileSync(file, 'utf8')).map((record) => record.err);
  assert.deepEqual(ours, { code: 'file-unreadable', message: 'x.crt:1: no', cause: 'ENOENT' });
  assert.match(String((other as { stack: string }).stack), /^TypeError: bug\n/);
  assert.equal(text, 'text');
});

test('a log is reopened after a rename', async () => {
  const file = join(directory, 'd.log');
  const log = createProgramLog({ level: 'info', file });
  log.logger.info('one');
  renameSync(file, `${file}.1`);
  log.reopen();
  log.logger.info('two');
  await log.close();
  assert.equal(recordsOf(readFileSync(`${file}.1`, 'utf8'))[0]?.msg, 'one');
  assert.deepEqual(
    recordsOf(readFileSync(file, 'utf8')).map(({ msg }) => msg),
    ['two'],
  );
});

test('without a file it is standard error, or standard output on request; flushSync comes before an exit', () => {
  for (const stdout of [false, true]) {
    const text = `import { createProgramLog } from ${JSON.stringify(module)};
      const log = createProgramLog({ level: 'info', stdout: ${stdout} });
      log.logger.info('hello'); log.flushSync(); process.exit(3);`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
    assert.equal(child.status, 3);
    assert.equal(recordsOf(stdout ? child.stdout : child.stderr)[0]?.msg, 'hello');
    assert.equal(stdout ? child.stderr : child.stdout, '');
  }
});

test('a file holds JSON unless it is told otherwise', async () => {
  const [auto, pretty] = ['auto.log', 'pretty.log'].map((name) => join(directory, name)) as [string, string];
  for (const [file, format] of [
    [auto, 'auto'],
    [pretty, 'pretty'],
  ] as const) {
    const log = createProgramLog({ level: 'info', file, format });
    log.logger.info('hello');
    await log.close();
  }
  assert.equal(recordsOf(readFileSync(auto, 'utf8'))[0]?.msg, 'hello');
  assert.match(readFileSync(pretty, 'utf8'), /^\[\d\d:\d\d:\d\d\] INFO: hello\n$/);
});

test('on a terminal it is for people, in colours; JSON there, too, where it is asked for', { skip: noTerminal }, () => {
  const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...rest } = process.env;
  for (const [format, expected] of [
    ['auto', /^\[\d\d:\d\d:\d\d\] .*\x1b\[\d+m.*hello/],
    ['json', /^\{"level":"info",/],
  ] as const) {
    const program = join(directory, `${format}.mjs`);
    const text = `import { createProgramLog } from ${JSON.stringify(module)};
      createProgramLog({ level: 'info', format: '${format}' }).logger.info('hello');`;
    writeFileSync(program, text);
    const command = `'${process.execPath}' '${program}'`;
    const env = { ...rest, TERM: 'xterm-256color' };
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env, input: '' });
    assert.match(stdout, expected);
  }
});

test('a file that cannot be written is one clear error', () => {
  assert.throws(() => createProgramLog({ level: 'info', file: directory }), { code: 'file-unwritable' });
});
