// Routes that answer by themselves: what goes together, and what would be ignored.

import type { Finding, KeyPath } from '../config-error.ts';
import { checkRepeatedHeaders } from './check-headers.ts';
import { fieldsOf } from './raw.ts';

const redirectStatuses = [301, 302, 303, 307, 308];

/** Keys of a route that speak of the way to an upstream alone. */
const upstreamOnly = ['headers', 'identityHeaders', 'connectTimeout', 'responseTimeout'];

export function checkRespond(route: Readonly<Record<string, unknown>>, path: KeyPath): Finding[] {
  if (route.respond === undefined) {
    return [];
  }
  const respond = fieldsOf(route.respond);
  const inside = [...path, 'respond'];
  const findings: Finding[] = [];
  if (route.upstream === undefined) {
    for (const key of upstreamOnly.filter((name) => route[name] !== undefined)) {
      const advice = key === 'headers' ? ': headers of the response are `respond.headers`' : '';
      findings.push({ path: [...path, key], message: `is for routes to an upstream${advice}`, atKey: true });
    }
  }
  const { status, body, redirect } = respond;
  if (redirect !== undefined && status !== undefined && !redirectStatuses.includes(Number(status))) {
    findings.push({ path: [...inside, 'status'], message: `a redirect has one of ${redirectStatuses.join(', ')}` });
  }
  if (body !== undefined && body !== '' && (status === 204 || status === 205 || status === 304)) {
    findings.push({ path: [...inside, 'body'], message: `a response of status ${status} has no body` });
  }
  const location = Object.keys(fieldsOf(respond.headers)).find((name) => name.toLowerCase() === 'location');
  if (redirect !== undefined && location !== undefined) {
    findings.push({ path: [...inside, 'headers', location], message: '`redirect` sets it already', atKey: true });
  }
  return [...findings, ...checkRepeatedHeaders(respond.headers, [...inside, 'headers'])];
}
