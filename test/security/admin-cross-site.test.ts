// A foreign page in the browser of somebody who may reach the admin listener: by a name of its own that it points there
// (DNS rebinding), by plain cross-site requests, by forms. Nothing is answered, nothing changed.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { askAdmin, askAdminJson, reloadQuestion } from '../support/ask-admin.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { startTestGateway } from '../support/test-gateway.ts';

const directory = temporaryDirectory({ after });
const yaml = `servers: [{ listen: 127.0.0.1:0, routes: [{ path: /, respond: {} }] }]
admin: { listen: 127.0.0.1:0, allowedHosts: [ops.example] }
log: { access: off }
`;
const gateway = await startTestGateway({ after }, directory, yaml);
const { adminUrl } = gateway;
const { port, host: own } = new URL(adminUrl);
const paths = ['/', '/api/snapshot', '/api/events', '/metrics', '/readyz', '/healthz', '/uplot.js', '/nothing'];

const reloads = async (): Promise<number> => {
  const { configuration } = await askAdminJson<{ configuration: { reloads: { succeeded: number; failed: number } } }>(
    adminUrl,
    '/api/snapshot',
  );
  return configuration.reloads.succeeded + configuration.reloads.failed;
};

test('a name that a foreign page has pointed here is not answered, on any path', async () => {
  for (const host of [`evil.example:${port}`, 'evil.example', `127.0.0.1.evil.example:${port}`, 'x']) {
    for (const path of paths) {
      const { status, text } = await askAdmin(adminUrl, path, { headers: { host } });
      assert.equal(status, 421, `${host} ${path}`);
      assert.doesNotMatch(text, /servers|mutual_|ready/);
    }
    const { status } = await askAdmin(adminUrl, '/api/reload', {
      ...reloadQuestion,
      headers: { ...reloadQuestion.headers, host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
    });
    assert.equal(status, 421);
  }
});

test('the allowed name is answered', async () => {
  for (const host of ['ops.example', `ops.example:${port}`, `localhost:${port}`, own]) {
    assert.equal((await askAdmin(adminUrl, '/api/snapshot', { headers: { host } })).status, 200, host);
  }
});

test('a page of another site reads nothing, whatever it says it wants', async () => {
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://localhost:${port}` },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
  ]) {
    for (const path of paths) {
      const answer = await askAdmin(adminUrl, path, { headers });
      assert.equal(answer.status, 403, `${JSON.stringify(headers)} ${path}`);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
      assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
    }
  }
});

test('a browser that asks for leave is given none', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const answer = await askAdmin(adminUrl, '/api/reload', { method: 'OPTIONS', headers });
  assert.equal(answer.status, 403);
  assert.ok(!Object.keys(answer.headers).some((name) => name.startsWith('access-control')));
});

test('a form of a foreign page changes nothing', async () => {
  const before = await reloads();
  writeFileSync(gateway.configFile, yaml);
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    undefined,
  ]) {
    for (const more of [{}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, { origin: 'null' }]) {
      const headers = { ...more, ...(type === undefined ? {} : { 'content-type': type }) };
      const { status } = await askAdmin(adminUrl, '/api/reload', { method: 'POST', headers, body: '{}' });
      assert.ok(status === 403 || status === 415, `${type}: ${status}`);
    }
  }
  const foreign = { ...reloadQuestion.headers, origin: 'https://evil.example' };
  assert.equal((await askAdmin(adminUrl, '/api/reload', { ...reloadQuestion, headers: foreign })).status, 403);
  assert.equal(await reloads(), before);
});

test('the page itself may reload, and a script without a browser', async () => {
  const before = await reloads();
  const headers = { ...reloadQuestion.headers, origin: adminUrl, 'sec-fetch-site': 'same-origin' };
  assert.equal((await askAdmin(adminUrl, '/api/reload', { ...reloadQuestion, headers })).status, 200);
  assert.equal((await askAdmin(adminUrl, '/api/reload', reloadQuestion)).status, 200);
  assert.equal(await reloads(), before + 2);
});

test('a link from elsewhere leads to the page, and no further', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  assert.equal((await askAdmin(adminUrl, '/', { headers })).status, 200);
  assert.equal((await askAdmin(adminUrl, '/api/snapshot', { headers })).status, 403);
});

test('no frame may hold the page', async () => {
  const { headers } = await askAdmin(adminUrl, '/');
  assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
  assert.equal(headers['x-frame-options'], 'DENY');
});

test('a body without end is not waited for', async () => {
  const body = 'x'.repeat(100_000);
  const { status } = await askAdmin(adminUrl, '/api/reload', { ...reloadQuestion, body });
  assert.equal(status, 413);
});
