// Paths of sockets once they are absolute: only then is it known how long they are.

import type { Finding, KeyPath } from '../config-error.ts';
import { parseSocketPath } from '../listen-address.ts';

export function checkSocketPath(absolute: string, path: KeyPath): Finding[] {
  try {
    parseSocketPath(absolute);
    return [];
  } catch (error) {
    return error instanceof Error ? [{ path, message: error.message }] : [];
  }
}
