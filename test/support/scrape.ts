// A scrape of the admin listener, read by a parser that is not ours.

import assert from 'node:assert/strict';
import parsePrometheus, { type Family } from 'parse-prometheus-text-format';
import { askAdmin } from './ask-admin.ts';

export type Samples = Family['metrics'];

/** The samples of a metric by its name; none of one that is not there. */
export type Scrape = (name: string) => Samples;

export async function scrape(adminUrl: string): Promise<Scrape> {
  const { status, headers, text } = await askAdmin(adminUrl, '/metrics');
  assert.equal(status, 200, text);
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  const families = parsePrometheus(text);
  return (name) => families.find((family) => family.name === name)?.metrics ?? [];
}

export function sumOf(samples: Samples): number {
  return samples.reduce((total, { value }) => total + Number(value), 0);
}
