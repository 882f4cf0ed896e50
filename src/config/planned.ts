// What later versions will understand: keys that are refused by name, and never silently ignored.

import type { KeyPath } from './config-error.ts';

const plannedKeys: readonly (readonly [place: RegExp, keys: readonly string[]])[] = [
  [/^servers\[\]$/, ['maxConnectionAge']],
  [/^servers\[\]\.tls$/, ['ocsp']],
  [/^servers\[\]\.routes\[\]$/, ['uri']],
  [/^upstreams\.[^.]*$/, ['maxConnectionAge']],
];

/** Whether a key that is unknown today is known to be coming. */
export function isPlannedKey(holder: KeyPath, key: string): boolean {
  const place = placeOf(holder);
  return plannedKeys.some(([pattern, keys]) => pattern.test(place) && keys.includes(key));
}

/** `servers[0].routes[2]` as `servers[].routes[]`. */
function placeOf(path: KeyPath): string {
  return path.map((step, index) => (typeof step === 'number' ? '[]' : index === 0 ? step : `.${step}`)).join('');
}
