// Makes docs/images/page.png: the operator's page of the demonstration with clients that come and go for a good minute, some
// of them refused. `npm run screenshot`; needs Chromium, and nothing else listening where the demonstration does.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openCa } from '../src/ca/store.ts';
import { launchBrowser } from '../test/support/browser.ts';

const root = resolve(import.meta.dirname, '..');
const image = join(root, 'docs/images/page.png');
const seconds = 64;
const clients = ['billing', 'orders', 'planning', 'warehouse'];

interface Caller {
  readonly agent: https.Agent;
  readonly path: string;
}

const directory = mkdtempSync(join(tmpdir(), 'mutual-screenshot-'));
const demo = spawn(process.execPath, [join(root, 'src/main.ts'), 'demo'], {
  cwd: directory,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const told = await untilReady();
  const page = /^ {2}page +(\S+)/m.exec(told)?.[1] ?? '';
  const serverSide = /^ {2}server side +(\S+)/m.exec(told)?.[1] ?? '';
  addBrokenRoute();
  const callers = await makeCallers();
  const done = new AbortController();
  const calling = call(serverSide, callers, done.signal);
  await pause(seconds * 1000);
  await photograph(page);
  done.abort();
  await calling;
} finally {
  demo.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}

/** What it prints is read to its end: a pipe that nobody reads would stop it. */
function untilReady(): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('Ctrl-C stops everything')) done(text);
    });
    demo.once('exit', () => fail(new Error(`the demonstration did not start: ${text}`)));
  });
}

/** A service that nobody runs: something that needs attention. */
function addBrokenRoute(): void {
  const file = join(directory, 'certs/mutual.yaml');
  const text = readFileSync(file, 'utf8')
    .replace('    routes:\n', '    routes:\n      - { path: /reports, upstream: reports }\n')
    .replace('upstreams:\n', 'upstreams:\n  reports: { servers: [http://127.0.0.1:9] }\n');
  writeFileSync(file, text);
  demo.kill('SIGHUP');
}

/** Clients of Company A, who are admitted, and the strangers of the demonstration, who are not. */
async function makeCallers(): Promise<{ readonly admitted: readonly Caller[]; readonly refused: readonly Caller[] }> {
  const certs = join(directory, 'certs');
  const store = await openCa({ dir: certs });
  const ca = readFileSync(join(certs, 'ca.crt'));
  const agentOf = (bundle?: string): https.Agent => {
    const shown = bundle === undefined ? {} : { cert: readFileSync(bundle), key: readFileSync(bundle) };
    return new https.Agent({ ca, keepAlive: bundle !== undefined, maxSockets: 6, ...shown });
  };
  const admitted: Caller[] = [];
  for (const name of clients) {
    await store.issue({ name, profile: 'client', subject: 'O=Company A' });
    admitted.push({ agent: agentOf(store.entryPaths(name).bundle), path: `/${name}` });
  }
  const stranger = agentOf(store.entryPaths('stranger').bundle);
  return {
    admitted,
    refused: [
      { agent: stranger, path: '/orders' },
      { agent: agentOf(), path: '/' },
    ],
  };
}

/** More and fewer requests, as on a day of work. */
async function call(url: string, callers: Awaited<ReturnType<typeof makeCallers>>, signal: AbortSignal): Promise<void> {
  const { admitted, refused } = callers;
  const broken = admitted[0] && { agent: admitted[0].agent, path: '/reports/daily' };
  for (let tick = 0; !signal.aborted; tick += 1) {
    const wave = 8 + 4 * Math.sin(tick / 70) + 2 * Math.sin(tick / 19) + 2 * Math.random();
    for (let index = 0; index < wave; index += 1)
      ask(url, admitted[(tick + index * index) % admitted.length] ?? admitted[0]);
    if (tick % 37 === 5) ask(url, refused[0]);
    if (tick % 83 === 9) ask(url, refused[1]);
    if (tick % 61 === 7) ask(url, broken);
    if (tick % 149 === 12) ask(url.replace('https:', 'http:'), undefined);
    await pause(100);
  }
}

/** Without a caller: in plain HTTP. */
function ask(url: string, caller: Caller | undefined): void {
  const request = caller === undefined ? http.get(url) : https.get(new URL(caller.path, url), { agent: caller.agent });
  request
    .on('response', (response) => response.resume())
    .on('error', () => {
      // Refused, as it should be.
    });
}

async function photograph(url: string): Promise<void> {
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 790 }, colorScheme: 'light' });
    await page.goto(url);
    await page.getByText('1 min', { exact: true }).click();
    await page.locator('#link[data-state=ready]').waitFor();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: image });
  } finally {
    await browser.close();
  }
}
