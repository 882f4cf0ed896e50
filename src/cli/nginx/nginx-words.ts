// A record of the program's log in, a line for nginx's error log out: in nginx's words where nginx says the same, with
// the client, the request and the upstream behind it as nginx has them.

import type { NginxLevel } from '../../nginx/nginx-fault.ts';

type Record_ = Readonly<Record<string, unknown>>;

const levels: Readonly<Record<number, NginxLevel>> = {
  10: 'debug',
  20: 'debug',
  // What the program tells of itself; of clients' faults nginx says `info`.
  30: 'notice',
  40: 'warn',
  50: 'error',
  60: 'emerg',
};

interface Words {
  readonly level: NginxLevel;
  readonly text: string;
}

export function nginxWords(record: Record_): Words {
  const level = levels[Number(record.level)] ?? 'notice';
  const code = textOf(record.code);
  const known = code === undefined ? undefined : wordsOf(code, record);
  if (known === undefined) return { level, text: oneLine(textOf(record.msg) ?? '') };
  return { level: known.level, text: oneLine(`${known.text}${contextOf(record)}`) };
}

function wordsOf(code: string, record: Record_): Words | undefined {
  const reason = textOf(record.reason) ?? '';
  const connecting = ' while connecting to upstream';
  switch (code) {
    case 'client-certificate-missing':
      return { level: 'info', text: 'client sent no required SSL certificate while reading client request headers' };
    case 'client-certificate-invalid':
      return {
        level: 'info',
        text: `client SSL certificate verify error: ${textOf(record.verify_error) ?? reason} while reading client request headers`,
      };
    case 'plain-http-on-tls-port':
      return {
        level: 'info',
        text: 'client sent plain HTTP request to HTTPS port while reading client request headers',
      };
    case 'misdirected-request':
      return {
        level: 'info',
        text: 'client attempted to request the server name different from the one that was negotiated',
      };
    case 'body-too-large':
      return {
        level: 'error',
        text: `client intended to send too large body: ${reason.replaceAll(/\D+/g, ' ').trim()} bytes`,
      };
    case 'not-allowed':
      return { level: 'error', text: 'access forbidden by rule' };
    case 'upstream-unreachable':
      return { level: 'error', text: `${reason}${connecting}` };
    case 'upstream-timeout':
      return { level: 'error', text: 'upstream timed out (110: Connection timed out)' };
    case 'upstream-unavailable':
      return { level: 'error', text: `no live upstreams${connecting}` };
    default:
      return undefined;
  }
}

function contextOf(record: Record_): string {
  const request =
    record.method === undefined ? undefined : `"${textOf(record.method)} ${textOf(record.target) ?? ''} HTTP/1.1"`;
  const parts = {
    client: textOf(record.address),
    server: textOf(record.server),
    request,
    upstream: record.upstream === undefined ? undefined : `"${textOf(record.upstream)}"`,
    host: record.host === undefined ? undefined : `"${textOf(record.host)}"`,
  };
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `, ${name}: ${value}`)
    .join('');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** A name or path of a client must not look like a line of its own. */
function oneLine(text: string): string {
  return text.replaceAll(
    /[\0-\x1f\x7f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
