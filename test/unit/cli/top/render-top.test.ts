import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters, styleText } from 'node:util';
import { renderTop, type TopOptions } from '../../../../src/cli/top/render-top.ts';
import { widthOf } from '../../../../src/cli/top/text-width.ts';
import { makeSnapshot } from '../../../support/make-snapshot.ts';

const nowMs = Date.UTC(2026, 2, 1);

const render = (snapshot = makeSnapshot({ nowMs }), options: Partial<TopOptions> = {}): string[] =>
  renderTop(snapshot, { columns: 100, rows: Number.POSITIVE_INFINITY, nowMs, paint: (_, text) => text, ...options });

test('everything that is known stands in a frame', () => {
  const text = render().join('\n');
  assert.match(text, /^mutual 0\.1\.0 {2}up 3 h 12 min +ready {2}\d\d:\d\d:\d\d\n\n/);
  assert.match(text, /requests 324 \/s {3}median \d.* connections 185/);
  assert.match(text, /requests each second [▁▂▃▄▅▆▇█]{70,}\n/);
  assert.match(text, /\nRefused\n +4 s ago Not allowed by a rule +billing-0 +no rule of route/);
  assert.match(
    text,
    /\nClients +requests +refused +last seen +expires\nclient-0 {2}OU=Unit 0, O=Company A +39 +0 +now +in 419 days\n/,
  );
  assert.match(text, /\nhttp:\/\/127\.0\.0\.1:3001 +up +0 +1,204 +0$/);
  assert.doesNotMatch(text, /attention/);
});

test('what needs attention comes first', () => {
  const lines = render(makeSnapshot({ nowMs, trouble: true }));
  assert.match(lines[0] ?? '', / not ready {2}/);
  const at = lines.indexOf('Needs attention');
  assert.match(lines[at + 1] ?? '', /^!! The revocation list /);
  assert.match(lines[at + 4] ?? '', /^ ! The server certificate .* ends in 9 days$/);
  assert.ok(lines.some((line) => /orders-2.* down +2 /.test(line)));
});

test('no frame is wider or longer than the terminal, whatever names there are', () => {
  for (const trouble of [false, true]) {
    const snapshot = makeSnapshot({ nowMs, trouble, hostile: true, clients: 200, refusals: 90 });
    for (const columns of [40, 57, 80, 133, 300]) {
      for (const rows of [1, 3, 8, 12, 24, 60]) {
        const lines = render(snapshot, { columns, rows, paint: styleText });
        assert.ok(lines.length <= rows, `${lines.length} lines of ${rows}`);
        const wide = lines.filter((line) => widthOf(stripVTControlCharacters(line)) > columns);
        assert.deepEqual(wide, [], `${columns} columns`);
      }
    }
  }
});

test('no name moves the cursor, begins a line, or turns the text around', () => {
  const hostile = 'CN=\x1b[2J\x9b1A\r\n\u202eevil,O=\x07';
  const snapshot = makeSnapshot({ nowMs, clients: 1, refusals: 1, trouble: true });
  const text = JSON.stringify(snapshot).replaceAll(
    /CN=[^"]*?(?=")|connect ECONN[^"]*|http:[^"]*|no rule of[^"\\]*/g,
    () => JSON.stringify(hostile).slice(1, -1),
  );
  const lines = render(JSON.parse(text));
  assert.ok(lines.join('').includes('\\u001b[2J'));
  for (const line of lines) assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202e]/);
});

test('a screen that is small has some of each list', () => {
  const lines = render(makeSnapshot({ nowMs, trouble: true, clients: 50, refusals: 50 }), { rows: 24 });
  for (const title of ['Needs attention', 'Refused', 'Clients', 'Upstreams']) {
    const at = lines.findIndex((line) => line.startsWith(title));
    assert.ok(at !== -1 && (lines[at + 1] ?? '') !== '', title);
  }
});

test('a gateway that nobody has called yet', () => {
  const text = render(makeSnapshot({ nowMs, clients: 0, refusals: 0, requestsPerSecond: 0 })).join('\n');
  assert.match(text, /Refused\nNobody\.\n\nClients\nNobody yet\./);
  assert.match(text, /median – {3}99th – /);
});

test('a connection that is lost is told', () => {
  const [first] = render(makeSnapshot({ nowMs }), { lostSinceMs: nowMs });
  assert.match(first ?? '', /not connected since \d\d:\d\d:\d\d {2}\d\d:\d\d:\d\d$/);
});
