// nginx's command line, letter by letter, and the paths that it stands for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNginxOptions } from '../../../../src/cli/nginx/options.ts';
import { nginxPaths, pathsOfFile } from '../../../../src/cli/nginx/paths.ts';
import { MutualError } from '../../../../src/errors.ts';

describe('letters', () => {
  const given = (...args: string[]): object => {
    const options = parseNginxOptions(args);
    assert.ok(typeof options !== 'string', String(options));
    return Object.fromEntries(Object.entries(options).filter(([key, value]) => key !== 'version' && value));
  };
  test('each alone, and several together', () => {
    assert.deepEqual(given(), {});
    assert.deepEqual(given('-t', '-q'), { test: true, quiet: true });
    assert.deepEqual(given('-tq'), { test: true, quiet: true });
    assert.deepEqual(given('-T'), { test: true, dump: true });
    assert.deepEqual(given('-V'), { showVersion: true, showConfigure: true });
    assert.deepEqual(given('-?'), { showVersion: true, showHelp: true });
  });
  test('values behind a letter, or behind a blank', () => {
    const expected = { test: true, prefix: '/p', file: 'f', errorLog: 'e', globals: 'pid x;' };
    assert.deepEqual(given('-t', '-p', '/p', '-c', 'f', '-e', 'e', '-g', 'pid x;'), expected);
    assert.deepEqual(given('-tp/p', '-cf', '-ee', '-gpid x;'), expected);
  });
  for (const [args, fault] of [
    [['x'], 'invalid option: "x"'],
    [['-tx'], 'invalid option: "x"'],
    [['-c'], 'option "-c" requires file name'],
    [['-s', 'x'], 'invalid option: "-s x"'],
  ] as const) {
    test(fault, () => assert.equal(parseNginxOptions(args), fault));
  }
});

describe('the version', () => {
  const version = (...args: string[]): unknown => {
    const options = parseNginxOptions(args);
    return typeof options === 'string' ? options : options.version;
  };
  test('a branch stands for its newest', () => {
    assert.deepEqual(version('--nginx-compat', '1.28'), { text: '1.28.0', minor: 28 });
    assert.deepEqual(version('--nginx-compat', '1.31'), { text: '1.31.4', minor: 31 });
    assert.deepEqual(version('--nginx-compat', '1.27.3'), { text: '1.27.3', minor: 27 });
  });
  for (const text of ['', '1', '2.0', '1.21', '1.40', '1.28.x']) {
    test(`not "${text}"`, () => assert.throws(() => version('--nginx-compat', text), MutualError));
  }
});

describe('paths', () => {
  test('below a prefix of one’s own', () => {
    const paths = nginxPaths({ prefix: '/p', file: undefined, errorLog: undefined });
    assert.deepEqual(paths, {
      prefix: '/p/',
      file: '/p/conf/nginx.conf',
      errorLog: 'logs/error.log',
      accessLog: 'logs/access.log',
      pidFile: 'logs/nginx.pid',
    });
  });
  test('without one, those of the packages', () => {
    const { file, pidFile } = nginxPaths({ prefix: undefined, file: undefined, errorLog: undefined });
    assert.deepEqual([file, pidFile], ['/etc/nginx/nginx.conf', '/run/nginx.pid']);
  });
  test('of a file by itself', () => {
    const of = (file: string): string[] => {
      const { prefix, file: full } = pathsOfFile({ prefix: undefined, file, errorLog: undefined });
      return [prefix, full];
    };
    assert.deepEqual(of('/a/nginx.conf'), ['/a/', '/a/nginx.conf']);
    assert.deepEqual(of('/a/conf/nginx.conf'), ['/a/', '/a/conf/nginx.conf']);
    assert.deepEqual(of('nginx.conf'), [`${process.cwd()}/`, `${process.cwd()}/nginx.conf`]);
  });
});
