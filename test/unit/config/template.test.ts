// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates of configurations are written so

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTemplate, renderTemplate } from '../../../src/config/template.ts';
import { assertRefused } from '../../support/refusal.ts';

test('names end where no name character follows, or at the brace', () => {
  assert.deepEqual(parseTemplate('$host:$server_port ${host}name').parts, [
    { variable: 'host' },
    { literal: ':' },
    { variable: 'server_port' },
    { literal: ' ' },
    { variable: 'host' },
    { literal: 'name' },
  ]);
});

test('two dollar signs are one', () => {
  assert.deepEqual(parseTemplate('$$').parts, [{ literal: '$' }]);
  assert.deepEqual(parseTemplate('a$$host$$$host').parts, [{ literal: 'a$host$' }, { variable: 'host' }]);
});

test('names are the same in any case, as in nginx', () => {
  assert.deepEqual(parseTemplate('$Remote_ADDR').parts, [{ variable: 'remote_addr' }]);
});

test('families take any member, not the bare prefix', () => {
  assert.deepEqual(parseTemplate('$http_user_agent').parts, [{ variable: 'http_user_agent' }]);
  assert.deepEqual(parseTemplate('$arg_page').parts, [{ variable: 'arg_page' }]);
  assertRefused(() => parseTemplate('$http_'), /unknown variable \$http_/);
});

test('the empty text has no parts', () => {
  assert.deepEqual(parseTemplate(''), { source: '', parts: [] });
});

test('unknown variables are refused, with the nearest known one', () => {
  assertRefused(
    () => parseTemplate('$ssl_client_sdn'),
    /unknown variable \$ssl_client_sdn, did you mean "\$ssl_client_s_dn"\?/,
  );
  assertRefused(() => parseTemplate('$hostx y'), /unknown variable \$hostx/);
  assertRefused(() => parseTemplate('${constructor}'), /unknown variable \$constructor/);
  assertRefused(() => parseTemplate('$__proto__'), /unknown variable \$__proto__/);
});

test('a dollar sign that begins no variable is refused', () => {
  for (const text of ['$', 'a $ b', '$-', '${', '${}', '${host', '${ho st}', '$é', '$$$']) {
    assertRefused(() => parseTemplate(text), /write \$\$ for a dollar sign/);
  }
  assertRefused(() => parseTemplate('$1'), /groups of a regex cannot be used/);
});

test('what is known only afterwards can be logged and not forwarded', () => {
  assert.deepEqual(parseTemplate('$status', 'log').parts, [{ variable: 'status' }]);
  assertRefused(() => parseTemplate('$status', 'request'), /\$status is known only when the exchange is over/);
  assertRefused(() => parseTemplate('$upstream_http_x', 'request'), /only when the exchange is over/);
});

test('rendering replaces each variable and nothing in its value', () => {
  const template = parseTemplate('<$host|${uri}|$$>');
  const values: Readonly<Record<string, string>> = { host: '$uri', uri: '$$' };
  assert.equal(
    renderTemplate(template, (name) => values[name] ?? '?'),
    '<$uri|$$|$>',
  );
});

test('any text comes back when its dollar signs are doubled', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const rendered = renderTemplate(parseTemplate(text.replaceAll('$', '$$$$')), () => assert.fail());
      assert.equal(rendered, text);
    }),
  );
});
