// The pages of docs/ as what they promise to be: commands that run. Blocks of a page come out with all that says how they
// are meant, and an environment in which `mutual` is this checkout.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { quoteShell } from '../../src/ca/shell-quote.ts';

export interface DocumentationBlock {
  /** What stands behind the opening fence: `sh`, `yaml`, … */
  readonly language: string;
  readonly text: string;
  /** The last heading above it. */
  readonly heading: string;
  /** The paragraph right above it, on one line. */
  readonly lead: string;
}

/** @param name file in docs/ */
export function readDocumentation(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

export function blocksOf(page: string): DocumentationBlock[] {
  const blocks: DocumentationBlock[] = [];
  let heading = '';
  let paragraph: string[] = [];
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of page.split('\n')) {
    if (open !== undefined) {
      if (line === '```') {
        const text = open.lines.map((one) => `${one}\n`).join('');
        blocks.push({ language: open.language, text, heading, lead: paragraph.join(' ') });
        open = undefined;
        paragraph = [];
      } else open.lines.push(line);
    } else if (line.startsWith('```')) open = { language: line.slice(3), lines: [] };
    else if (line.startsWith('#')) {
      heading = line.replace(/^#+ /, '');
      paragraph = [];
    } else if (line !== '') paragraph.push(line);
    else if (paragraph.length > 0 && !paragraph.at(-1)?.endsWith(':')) paragraph = [];
  }
  return blocks;
}

/**
 * The environment of the test, with a `mutual` on its path.
 *
 * @param script TypeScript file that is started as `mutual`
 */
export function environmentWithMutual(directory: string, script: string): NodeJS.ProcessEnv {
  const programs = join(directory, 'programs');
  mkdirSync(programs);
  const mutual = join(programs, 'mutual');
  writeFileSync(mutual, `#!/bin/sh\nexec ${quoteShell(process.execPath)} ${quoteShell(script)} "$@"\n`);
  chmodSync(mutual, 0o700);
  const path = [programs, dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...process.env, PATH: path, NODE_COMPILE_CACHE: join(directory, 'compiled') };
}
