// The page in every state that a gateway can be in, before snapshots that are made up: what it says, that it stays calm,
// that everybody can use it, and that no name of a stranger becomes more than text.

import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type AdminFixture, startAdminFixture } from '../../support/admin-fixture.ts';
import { findBarriers, findOverflow, launchBrowser, noChromium, openPage } from '../../support/browser.ts';
import { hostileSubjects, makeRefusal, makeSnapshot, type SnapshotOptions } from '../../support/make-snapshot.ts';

const views = ['now', 'clients', 'refused', 'certificates', 'upstreams', 'configuration'] as const;

describe('the page', { skip: noChromium }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  interface Opened {
    readonly page: Page;
    readonly fixture: AdminFixture;
  }

  /** Opens it; what the browser complains of fails the test. */
  async function open(
    t: TestContext,
    options: SnapshotOptions,
    where = '#now',
    context: Parameters<typeof openPage>[2] = {},
  ): Promise<Opened> {
    const fixture = await startAdminFixture(makeSnapshot(options));
    const { page, faults, close } = await openPage(browser, `${fixture.url}${where}`, context);
    t.after(async () => {
      await close();
      await fixture.close();
      assert.deepEqual(faults, []);
    });
    await page.locator('#link:not([data-state=connecting])').waitFor();
    return { page, fixture };
  }

  const rows = (page: Page) => page.locator('#clients-rows > tr');
  const refusals = (page: Page) => page.locator('#refusals > li');

  test('shows what is, in numbers', async (t) => {
    const { page, fixture } = await open(t, {});
    assert.equal(await page.locator('#link-text').textContent(), 'Live');
    assert.equal(await page.locator('#now-requests').textContent(), '324');
    assert.match(
      (await page.locator('#program').textContent()) ?? '',
      /^mutual 0\.1\.0 · Node\.js 24\.21\.0 · .* up 3 h/,
    );
    assert.equal(await page.locator('#attention').textContent(), 'Nothing. All is well.');
    assert.equal(await page.locator('#try').isVisible(), false);
    const { history } = fixture.snapshot;
    const second = history.firstSecond + history.requests.length;
    const facts = {
      requests: 7,
      refusals: 2,
      p50Ms: 5,
      p99Ms: 6,
      connections: 3,
      requestsInFlight: 0,
      bytesReceived: 0,
      bytesSent: 0,
    };
    const now = { ...fixture.snapshot.now, requestsPerSecond: 12.5 };
    fixture.send('second', { second, now, ...facts });
    await page.locator('#now-requests', { hasText: '12.5' }).waitFor();
    assert.match((await page.locator('#legend-requests').innerText()).replaceAll(/\s+/g, ' '), /all 7 refused 2/);
  });

  test('numbers that change move nothing beside them', async (t) => {
    const { page, fixture } = await open(t, { trouble: true });
    await page.evaluate(`window.shifts = [];
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.shifts.push(value);
      }).observe({ type: 'layout-shift' })`);
    const { history, now } = fixture.snapshot;
    let second = history.firstSecond + history.requests.length;
    for (const [requestsPerSecond, p50Ms] of [
      [0, null],
      [98_765.4, 12_345],
      [0.4, 0.01],
      [1234, 999.4],
    ] as const) {
      const facts = {
        requests: 1,
        refusals: 0,
        p50Ms,
        p99Ms: p50Ms,
        connections: 3,
        requestsInFlight: 0,
        bytesReceived: 0,
        bytesSent: 0,
      };
      fixture.send('second', {
        second,
        now: { ...now, requestsPerSecond, p50Ms, p99Ms: p50Ms, openConnections: second % 100_000 },
        ...facts,
      });
      const shown = { 0: '0', 98765.4: '98,765', 0.4: '0.4', 1234: '1,234' }[requestsPerSecond];
      await page.locator('#now-requests', { hasText: new RegExp(`^${shown}$`) }).waitFor();
      second += 1;
    }
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
    const shifts = await page.evaluate<number[]>('window.shifts');
    // A unit goes with its number, which is some ten-thousandths of the screen. A panel would be hundredths.
    assert.ok(Math.max(0, ...shifts) < 0.002, shifts.join(' '));
  });

  test('draws its charts, and says in words what they show', async (t) => {
    const { page } = await open(t, {});
    const drawn = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector('#chart-requests canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    })()`);
    assert.ok(drawn > 10, `${drawn} colours`);
    assert.match(
      (await page.locator('#chart-requests').getAttribute('aria-label')) ?? '',
      /in the last 5 minutes: [\d,]+ in all/,
    );
    await page.getByText('1 min', { exact: true }).click();
    assert.equal(await page.locator('input[value="60"]').isChecked(), true);
  });

  test('says what needs attention, and leads there', async (t) => {
    const { page } = await open(t, { trouble: true });
    assert.equal(await page.locator('#link-text').textContent(), 'Live, not ready');
    assert.match(await page.title(), /not ready/);
    assert.equal(await page.locator('#attention > li').count(), 4);
    await page.locator('#attention a', { hasText: 'orders-2' }).click();
    await page.locator('#upstreams').waitFor();
    assert.match(
      (await page.locator('[data-health=down]').innerText()).replaceAll(/\s+/g, ' '),
      /orders-2.* down connect ECONNREFUSED/,
    );
  });

  test('tells what to try where nobody has called yet', async (t) => {
    const { page, fixture } = await open(t, { clients: 0, refusals: 0, requestsPerSecond: 0 });
    const commands = await page.locator('#try code').allTextContents();
    assert.match(commands[0] ?? '', /^curl --cacert .* https:\/\/service1\.company-b\.example:8443\/$/);
    fixture.snapshot = makeSnapshot({ clients: 1, refusals: 0, requestsPerSecond: 1 });
    fixture.send('omitted', { requests: 1, refusals: 0, others: 0 });
    await page.locator('#try').waitFor({ state: 'hidden' });
  });

  test('no name of a stranger becomes markup, and none is hidden', async (t) => {
    const { page } = await open(t, { hostile: true, clients: 0, refusals: 8 }, '#clients');
    assert.equal(await rows(page).count(), hostileSubjects.length);
    for (const button of await page.locator('.disclose').all()) await button.click();
    assert.match(await page.locator('#clients').innerText(), /<img src=x onerror=alert\(1\)>/);
    assert.match(await page.locator('#clients').innerText(), /evil\\u202egpj\.exe/);
    await page.goto(`${page.url().split('#')[0]}#refused`);
    for (const button of await page.locator('.refusal-line').all()) await button.click();
    assert.match(await page.locator('#refusals').innerText(), /<script>alert\(2\)<\/script>/);
    assert.equal(await page.locator('main :is(img, script, iframe, object)').count(), 0);
    const wide = await findOverflow(page);
    assert.equal(wide, 0, 'a long name makes the page wider');
  });

  test('clients are searched and sorted, and the address remembers how', async (t) => {
    const { page } = await open(t, { clients: 30 }, '#clients');
    assert.equal(await page.locator('#clients-tally').textContent(), '30 clients');
    await page.locator('#clients-text').fill('client-7');
    assert.equal(await rows(page).count(), 1);
    assert.equal(await page.locator('#clients-tally').textContent(), '1 of 30 clients');
    await page.locator('#clients-text').fill('nobody');
    assert.equal(await page.locator('#clients-empty').isVisible(), true);
    await page.locator('#clients-text').fill('');
    await page.getByRole('button', { name: 'Requests' }).click();
    const counts = () => page.locator('#clients-rows td:nth-child(7)').allTextContents();
    const numbers = (await counts()).map((text) => Number(text.replaceAll(',', '')));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => b - a),
    );
    assert.equal(await page.locator('th[aria-sort=descending]').innerText(), 'Requests');
    await page.getByRole('button', { name: 'Requests' }).click();
    assert.deepEqual(
      (await counts()).map((text) => Number(text.replaceAll(',', ''))),
      numbers.toReversed(),
    );
    await page.reload();
    await rows(page).first().waitFor();
    assert.equal(await page.locator('th[aria-sort=ascending]').innerText(), 'Requests');
  });

  test('of many clients the first are drawn, and all on request', async (t) => {
    const { page } = await open(t, { clients: 450 }, '#clients');
    assert.equal(await rows(page).count(), 200);
    await page.getByRole('button', { name: 'Show all 450' }).click();
    assert.equal(await rows(page).count(), 450);
  });

  test('refusals say why and what to do, and are filtered by reason and by text', async (t) => {
    const { page } = await open(t, { refusals: 24 }, '#refused');
    assert.equal(await refusals(page).count(), 24);
    await page.locator('#refused-reason').selectOption('client-certificate-missing');
    assert.equal(await refusals(page).count(), 6);
    await page.locator('.refusal-line').first().click();
    const text = await refusals(page).first().innerText();
    assert.match(text, /Why\n+Everybody who calls this server has to show a certificate/);
    assert.match(text, /What to do\n+The client has to be configured with its certificate and key/);
    assert.match(page.url(), /#refused\?reason=client-certificate-missing$/);
    await page.locator('#refused-reason').selectOption('');
    await page.locator('#refused-text').fill('198.51.100.26');
    assert.equal(await refusals(page).count(), 1);
  });

  test('while somebody reads, newer refusals wait', async (t) => {
    const { page, fixture } = await open(t, { refusals: 5 }, '#refused');
    const arrive = (id: string) => fixture.send('refusal', makeRefusal(0, Date.now(), { id, address: '203.0.113.9' }));
    arrive('0.900001');
    await page.locator('#refusals > li[data-key="0.900001"]').waitFor();
    await page.locator('.refusal-line').nth(2).click();
    arrive('0.900002');
    await page.getByRole('button', { name: 'Show 1 newer' }).waitFor();
    assert.equal(await refusals(page).count(), 6);
    await page.getByRole('button', { name: 'Show 1 newer' }).click();
    assert.equal(await refusals(page).first().getAttribute('data-key'), '0.900002');
  });

  test('says when it is not connected, and comes back by itself', async (t) => {
    const { page, fixture } = await open(t, {});
    await fixture.disconnect();
    await page.locator('#lost').waitFor();
    assert.equal(await page.locator('#link-text').textContent(), 'Not connected');
    assert.match(
      (await page.locator('#lost-text').textContent()) ?? '',
      /since \d\d:\d\d:\d\d\. What you see is from before\./,
    );
    fixture.snapshot = { ...fixture.snapshot, now: { ...fixture.snapshot.now, requestsPerSecond: 4321 } };
    await fixture.reconnect();
    await page.locator('#lost').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#now-requests').textContent(), '4,321');
  });

  test('leaves its stream to others when nobody looks, and takes another one then', async (t) => {
    const { page, fixture } = await open(t, {});
    assert.equal(fixture.streams, 1);
    const look = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await page.clock.install();
    await look(true);
    await page.clock.fastForward(61_000);
    await fixture.streamsAre(0);
    assert.equal(await page.locator('#link-text').textContent(), 'Live');
    await look(false);
    await fixture.streamsAre(1);
  });

  test('a reload says what came of it', async (t) => {
    const { page } = await open(t, {}, '#configuration');
    assert.match(await page.locator('#configuration-text').innerText(), /^servers:\n {2}- listen: 0\.0\.0\.0:8443\n/);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('#reload-outcome', { hasText: 'Taken into use.' }).waitFor();
  });

  test('is used with the keyboard alone', async (t) => {
    const { page } = await open(t, {});
    await page.keyboard.press('2');
    await page.locator('#clients').waitFor();
    await page.keyboard.press('/');
    await page.locator('#clients-text:focus').waitFor();
    await page.keyboard.type('client-3');
    assert.equal(await rows(page).count(), 1, 'letters and digits go into the search');
    await page.locator('.disclose').focus();
    await page.keyboard.press('Enter');
    await page.locator('#clients-rows .detail').waitFor();
    await page.keyboard.press('3');
    await page.locator('#refused').waitFor();
  });

  test('the theme is that of the system until one is chosen, and the choice stays', async (t) => {
    const { page } = await open(t, {}, '#now', { colorScheme: 'dark' });
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const dark = await background();
    await page.keyboard.press('t');
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await background(), light);
    assert.equal(await page.locator('#theme').getAttribute('aria-label'), 'Theme: Light');
  });

  for (const [name, context] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] as const) {
    test(`has no barriers, and nothing is wider than the screen: ${name}`, async (t) => {
      const { page } = await open(t, { trouble: true, hostile: true }, '#now', { ...context, reducedMotion: 'reduce' });
      for (const view of views) {
        await page.goto(`${page.url().split('#')[0]}#${view}`);
        await page.locator(`#${view}`).waitFor();
        const first = page.locator(`#${view} [aria-expanded=false]`).first();
        if ((await first.count()) > 0) await first.click();
        assert.deepEqual(await findBarriers(page), [], view);
        const wide = await findOverflow(page);
        assert.equal(wide, 0, view);
      }
    });
  }
});
