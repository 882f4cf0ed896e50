// The table of directives: complete, without contradictions, and agreed with by the translation.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverSettings } from '../../../../src/config/document/http/server.ts';
import { settings } from '../../../../src/config/document/http/settings.ts';
import type { DirectiveRow } from '../../../../src/nginx/directives/row.ts';
import { directiveGroups, directiveTable } from '../../../../src/nginx/directives/table.ts';
import { isSetting, keyOf } from '../../../../src/nginx/translate/settings.ts';

const rows: readonly DirectiveRow[] = directiveGroups.flatMap(([, group]) => group);

/** What is more than a setting: blocks, names, the process. */
const structure = new Set(
  `daemon user pid worker_shutdown_timeout include events http server location listen server_name alias limit_except
  internal ssl upstream zone hash ip_hash least_conn random keepalive rewrite return break if set map geo split_clients
  limit_conn_zone limit_req_zone try_files log_format add_header_inherit add_trailer_inherit`.split(/\s+/),
);

const contexts = /^(any|((main|events|http|server|location|upstream|server-if|location-if|limit-except)( |$))+)$/;

describe('rows', () => {
  test('say where and how often in words that are known', () => {
    for (const { name, in: where, args, value } of rows) {
      assert.match(where, contexts, name);
      assert.match(args ?? '1', /^(any|\d(,\d)*|\d\+)$/, name);
      assert.ok(args !== undefined || value !== undefined, `${name} has neither args nor value`);
    }
  });

  test('no version has a directive twice in a place', () => {
    for (const minor of [22, 28, 31]) {
      for (const [name, same] of directiveTable(minor)) {
        const places = same.flatMap(({ contexts: where }) => [...where]);
        assert.equal(new Set(places).size, places.length, `${name} in 1.${minor}`);
      }
    }
  });

  test('an explanation ends as its kind is printed', () => {
    for (const { name, meaning } of rows) {
      if (meaning.kind === 'approximate') assert.match(meaning.differs, /^[A-Z`].*\.$/, name);
      if (meaning.kind === 'accepted') assert.match(meaning.why, /^[A-Z`].*\.$/, name);
      if (meaning.kind === 'refused') assert.match(meaning.why, /^[a-zA-Z].*[^.]$/, name);
    }
  });

  test('what is exact is translated', () => {
    const lost = rows.filter(({ name, meaning }) => {
      return meaning.kind === 'exact' && !isSetting(name) && !structure.has(name);
    });
    assert.deepEqual(
      lost.map(({ name }) => name),
      [],
    );
  });

  test('every setting of ours has a directive that leads to it', () => {
    const reached = new Set(rows.map(({ name }) => keyOf(name)));
    // Lists, and what is part of another directive.
    const special =
      /^(errorPages|keepaliveTimeoutHeader|access|add(Headers|Trailers)|limit(Requests?|Connections?)|(realIp|access|error)|proxy(Set|Hide|Pass)Headers|ssl(Certificate|SessionTicket))/;
    const unreached = Object.keys({ ...settings, ...serverSettings }).filter(
      (key) => !reached.has(key) && !special.test(key),
    );
    assert.deepEqual(unreached, []);
  });
});
