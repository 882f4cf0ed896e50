// The `http` section as the file would have it. Nearly everything stands in it as it was written; only addresses,
// which are objects by now, and durations, which are milliseconds, are turned back.

import { z } from 'zod';
import { serverSettings } from '../document/http/server.ts';
import { settings } from '../document/http/settings.ts';
import type { HttpConfig } from '../http-schema.ts';
import { formatListenAddress, type ListenAddress } from '../listen-address.ts';
import { formatDuration } from '../units.ts';

const durations = new Set([
  ...Object.entries({ ...settings, ...serverSettings })
    .filter(([, schema]) => z.globalRegistry.get(schema.unwrap())?.title === 'duration')
    .map(([key]) => key),
  'flush',
  'failTimeout',
]);

export function printHttp(http: HttpConfig): unknown {
  return printed(http);
}

function printed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(printed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, printEntry(key, entry)]),
  );
}

function printEntry(key: string, entry: unknown): unknown {
  if (typeof entry === 'number' && durations.has(key)) return formatDuration(entry);
  if (isAddress(entry)) return formatListenAddress(entry);
  return printed(entry);
}

function isAddress(value: unknown): value is ListenAddress {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
