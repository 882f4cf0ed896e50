// The files of the page, and what is sent with each: every file of the folder `page` by its own name (`/` is
// index.html), and the charting library beside it. Read once at the start, whole; nothing else is ever served.
//
// What a page may count on: /index.html at `/`, its neighbours at `/NAME` (.html .js .css .svg .png .ico .woff2), uPlot
// as an ES module at `/uplot.js` and its styles at `/uplot.css`. `contentSecurityPolicy` forbids everything inline
// (scripts, <style>, style="…"; setting element.style from a script is fine), all other hosts, frames and forms.

import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface PageFile {
  readonly content: Buffer;
  readonly contentType: string;
  /** With its quotes. */
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** By path. Empty where the page is not installed: then there is none. */
export function loadPageFiles(folder = join(import.meta.dirname, 'page')): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  const add = (path: string, file: string): void => {
    const contentType = contentTypes[extname(file)];
    if (contentType === undefined) return;
    const content = readFileSync(file);
    files.set(path, { content, contentType, etag: `"${hash('sha256', content).slice(0, 32)}"` });
  };
  for (const name of readdirSync(folder)) add(name === 'index.html' ? '/' : `/${name}`, join(folder, name));
  for (const [path, name] of [
    ['/uplot.js', 'uPlot.esm.js'],
    ['/uplot.css', 'uPlot.min.css'],
  ] as const) {
    add(path, fileURLToPath(import.meta.resolve(`uplot/dist/${name}`)));
  }
  return files;
}
