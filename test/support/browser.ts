// A real Chromium, started once for a file of tests, that notes everything that a page should not do: errors, refusals of
// the content security policy, requests to other hosts.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executable = candidates.find((path) => existsSync(path));

/** For the `skip` of a test: a note where there is no Chromium. */
export const noChromium: string | false = executable === undefined ? 'needs chromium' : false;

export function launchBrowser(): Promise<Browser> {
  if (executable === undefined) throw new Error('there is no Chromium: see noChromium');
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
}

export interface WatchedPage {
  readonly page: Page;
  /** What should not have happened, a line each. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** @param url where the page is; requests to other origins are noted */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    // The page says of a gateway that is gone that it is gone; so does the browser.
    if (
      /net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)/.test(message.text())
    )
      return;
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`request elsewhere: ${request.url()}`);
  });
  page.setDefaultTimeout(15_000);
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
    console.error('content security policy: ' + event.violatedDirective + ' ' + event.blockedURI);
  })`);
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds wrong with a page as it is now: a line each. */
export async function findBarriers(page: Page): Promise<string[]> {
  // The policy of the page forbids scripts of others; what the debugger evaluates is not asked.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.replaceAll(/\s+/g, ' ')}`),
  );
}

/** How many pixels the page is wider than the screen. */
export function findOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
