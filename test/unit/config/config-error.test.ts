import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, type ConfigFault, printKeyPath } from '../../../src/config/config-error.ts';

const fault = (code: ConfigFault['code'], key = 'a.b'): ConfigFault => ({
  file: 'm.yaml',
  line: 3,
  column: 5,
  key,
  message: 'is wrong',
  code,
});

test('one fault is one line', () => {
  assert.equal(new ConfigError([fault('config-invalid')]).message, 'm.yaml:3:5 a.b: is wrong');
  assert.equal(new ConfigError([fault('config-invalid', '')]).message, 'm.yaml:3:5 is wrong');
});

test('several have a heading', () => {
  const { message } = new ConfigError([fault('config-invalid'), fault('config-invalid', 'c')]);
  assert.equal(message, 'm.yaml has 2 faults:\nm.yaml:3:5 a.b: is wrong\nm.yaml:3:5 c: is wrong');
});

test('the code is the worse one', () => {
  const invalid = fault('config-invalid');
  const unsupported = fault('config-unsupported');
  assert.equal(new ConfigError([unsupported]).code, 'config-unsupported');
  assert.equal(new ConfigError([unsupported, invalid]).code, 'config-invalid');
  assert.equal(new ConfigError([unsupported]).kind.exitCode, 2);
});

test('keys are printed as they would be written in a program', () => {
  assert.equal(
    printKeyPath(['servers', 0, 'routes', 12, 'headers', 'X-Client']),
    'servers[0].routes[12].headers["X-Client"]',
  );
  assert.equal(printKeyPath(['a"b', 'c']), '["a\\"b"].c');
  assert.equal(printKeyPath([]), '');
});
