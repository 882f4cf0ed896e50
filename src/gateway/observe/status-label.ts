// The status of a response as the label of a metric. Upstreams may invent statuses, and every other value of a label is
// one more series: those that nobody has defined are counted by their class.

import { STATUS_CODES } from 'node:http';

const defined = new Set([...Object.keys(STATUS_CODES).map(Number), 499]);

/** `200`, `2xx` for one that is not defined, `499` where the client went away before, `none` where nothing was sent. */
export function statusLabel(status: number): string {
  if (defined.has(status)) return String(status);
  const digit = Math.floor(status / 100);
  return digit >= 1 && digit <= 9 ? `${digit}xx` : 'none';
}

export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'none';

/** @param label as above */
export function statusClassOf(label: string): StatusClass {
  switch (label[0]) {
    case '1':
      return '1xx';
    case '2':
      return '2xx';
    case '3':
      return '3xx';
    case '4':
      return label === '499' ? 'none' : '4xx';
    case '5':
      return '5xx';
    default:
      return 'none';
  }
}
