// Writes docs/performance.md and its picture from bench/result.json, or from the result that is named.
//
//   npm run bench -- --json > bench/result.json && node bench/report/main.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Result } from '../result.ts';
import { writeDocument } from './document.ts';
import { drawPicture } from './picture.ts';

const bench = resolve(import.meta.dirname, '..');
const docs = resolve(bench, '../docs');
const result = JSON.parse(readFileSync(process.argv[2] ?? join(bench, 'result.json'), 'utf8')) as Result;
const findings = readFileSync(join(bench, 'report/findings.md'), 'utf8');
writeFileSync(join(docs, 'performance.md'), writeDocument(result, findings));
writeFileSync(join(docs, 'performance.svg'), drawPicture(result));
