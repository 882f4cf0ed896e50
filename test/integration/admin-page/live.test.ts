// The page of a real gateway in a real browser: a request is counted while one looks, a refusal appears with its reason, a
// reload says what came of it, and the page finds the gateway again after a restart.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findBarriers, launchBrowser, noChromium, openPage } from '../../support/browser.ts';
import { makeTrust } from '../../support/guarded-gateway.ts';
import { makeCertificate } from '../../support/openssl.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { type RunningMutual, startMutual } from '../../support/spawn-mutual.ts';
import { attemptTls } from '../../support/tls-client.ts';

describe('the page of a running gateway', { skip: noChromium }, () => {
  const trust = makeTrust({ after });
  const { directory, ca, client } = trust;
  const hostileName = '<img src=x onerror=alert(1)>';
  const stranger = makeCertificate(directory, {
    ca,
    name: 'stranger',
    subject: `/O=Company X/CN=${hostileName}`,
    eku: 'clientAuth',
  });
  const config = join(directory, 'mutual.yaml');
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  interface Started {
    readonly mutual: RunningMutual;
    readonly adminPort: number;
  }

  async function start(t: TestContext, upstream: string, adminPort = 0): Promise<Started> {
    const routes = [{ path: '/', allow: [{ organization: 'Company A' }], upstream }];
    const tls = { certificate: trust.server.certificate, key: trust.server.key, clients: { ca: ca.certificate } };
    const servers = [{ listen: '127.0.0.1:0', names: ['localhost'], tls, routes }];
    writeFileSync(config, JSON.stringify({ servers, admin: `127.0.0.1:${adminPort}`, log: { access: 'off' } }));
    const mutual = await startMutual(t, config);
    const [, port] = await mutual.until(/"admin: http:\/\/127\.0\.0\.1:(\d+)[/"]/);
    return { mutual, adminPort: Number(port) };
  }

  test('from the first request to a restart', { timeout: 90_000 }, async (t) => {
    const backend = await createRecordingBackend(t);
    const { mutual, adminPort } = await start(t, backend.url);
    const ask = (options: Partial<Parameters<typeof attemptTls>[1]>) =>
      attemptTls(t, { port: mutual.port(), ca: ca.certificate, serverName: 'localhost', ...options });
    const { page, faults, close } = await openPage(browser, `http://127.0.0.1:${adminPort}/`);
    t.after(close);

    await page.locator('#link[data-state=ready]').waitFor();
    const command = await page.locator('#try code').first().textContent();
    assert.equal(
      command,
      `curl --cacert ${ca.certificate} --cert client.crt --key client.key https://localhost:${mutual.port()}/`,
    );

    assert.equal((await ask({ identity: client })).status, 200);
    await page.locator('#now-requests-sub', { hasText: '1 in all' }).waitFor();
    await page.locator('#try').waitFor({ state: 'hidden' });

    assert.equal((await ask({ identity: stranger, path: '/secret' })).status, 403);
    assert.equal((await ask({})).status, 0);
    await page.locator('#latest', { hasText: hostileName }).waitFor();
    await page.locator('#reasons > li:not(.none)').nth(1).waitFor();

    await page.goto(`http://127.0.0.1:${adminPort}/#refused`);
    await page.locator('#refused-text').fill('company x');
    assert.equal(await page.locator('#refusals > li').count(), 1);
    await page.locator('.refusal-line').click();
    const told = await page.locator('#refusals').innerText();
    assert.match(told, /Why\n+\S.*\n+What to do\n+\S/);
    assert.match(told, /CN=\\<img src=x onerror=alert\(1\)\\>,O=Company X/);
    assert.match(told, /GET \/secret/);
    assert.deepEqual(await findBarriers(page), []);

    await page.goto(`http://127.0.0.1:${adminPort}/#clients`);
    await page.locator('#clients-rows > tr').nth(1).waitFor();
    assert.match(await page.locator('#clients-rows').innerText(), /alice/);

    await page.goto(`http://127.0.0.1:${adminPort}/#configuration`);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('#reload-outcome', { hasText: 'Taken into use.' }).waitFor();
    writeFileSync(config, '{ servers: [], surprise: 1 }');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('#reload-outcome', { hasText: 'stays in force' }).waitFor();
    await page.locator('#last-reload', { hasText: 'surprise' }).waitFor();
    await page.locator('#configuration-facts', { hasText: '1 taken into use, 1 refused' }).waitFor();

    mutual.signal('SIGTERM');
    assert.equal((await mutual.ended).exitCode, 0, 'a page that is open keeps no gateway from ending');
    await page.locator('#lost').waitFor();
    await start(t, backend.url, adminPort);
    await page.locator('#link[data-state=ready]').waitFor();
    await page.locator('#lost').waitFor({ state: 'hidden' });
    await page.locator('#configuration-facts', { hasText: '0 taken into use, 0 refused' }).waitFor();
    assert.deepEqual(
      faults.filter((fault) => !/status of 422/.test(fault)),
      [],
    );
  });
});
