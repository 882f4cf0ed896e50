// The head of a request comes in, whichever parser read it; out comes what the decision needs to know of it, or
// a refusal. Nothing is repaired here: where two readers could disagree about a head, it goes no further.

import type { ErrorCode } from '../../errors.ts';
import { parseAuthority } from './authority.ts';
import { type Fields, framingFault, readFields } from './head-fields.ts';
import type { RequestHead } from './request-head.ts';
import { parseTarget } from './request-target.ts';

export interface InspectedHead {
  readonly kind: 'ok';
  /** nginx's `$host`: lower case, without port and trailing dot; empty for HTTP/1.0 without Host. */
  readonly host: string;
  /** Host and port as the client wrote them; empty for HTTP/1.0 without Host. */
  readonly authority: string;
  /** Origin-form (RFC 9112 §3.2.1), byte for byte: what goes upstream. */
  readonly target: string;
  /** `target` up to the first `?`. */
  readonly path: string;
  /** What follows the first `?` of `target`; empty if there is none. nginx's `$args`. */
  readonly query: string;
}

export interface RefusedHead {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  /** For the log. */
  readonly reason: string;
}

/** nginx takes nothing else (ngx_http_parse_request_line); every registered method is made of these. */
const method = /^[A-Z_-]+$/;

export function inspectRequestHead(head: RequestHead): InspectedHead | RefusedHead {
  const { httpVersion } = head;
  if (httpVersion !== '1.1' && httpVersion !== '2.0' && httpVersion !== '1.0') {
    return refused('http-version-unsupported', `HTTP version ${quote(httpVersion)}`);
  }
  if (!method.test(head.method)) return refused('request-invalid', `method ${quote(head.method)}`);
  // CONNECT would make us a proxy to anywhere; TRACE echoes what we add for the upstream's eyes alone.
  if (head.method === 'CONNECT' || head.method === 'TRACE') {
    return refused('method-not-allowed', `method ${head.method}`);
  }
  const fields = head.fields ?? readFields(head.rawHeaders);
  if (typeof fields === 'string') return refused('request-invalid', fields);
  if (fields.isFramed !== true) {
    const fault = framingFault(fields, httpVersion);
    if (fault !== undefined) return refused(fault.code, fault.reason);
    fields.isFramed = true;
  }
  return inspectTarget(head, fields);
}

function inspectTarget(head: RequestHead, fields: Fields): InspectedHead | RefusedHead {
  const target = parseTarget(head.target);
  if (typeof target === 'string') return refused('request-invalid', `${target}: ${quote(head.target)}`);
  const written = onlyHost(fields.hosts, head.httpVersion);
  if (written === undefined) return refused('request-invalid', `${fields.hosts.length} Host fields`);
  // HTTP/1.0 knows no Host. An empty field is another matter: it names nobody.
  const named = fields.hosts.length === 0 ? '' : (fields.host ?? parseAuthority(written));
  fields.host = named;
  if (named === undefined) return refused('request-invalid', `Host ${quote(withoutUser(written))}`);
  // RFC 9112 §3.2.2: the authority of an absolute-form target overrides Host.
  const authority = target.authority ?? written;
  const host = target.authority === undefined ? named : parseAuthority(target.authority);
  if (host === undefined) return refused('request-invalid', `authority ${quote(withoutUser(authority))}`);
  return { kind: 'ok', host, authority, target: target.origin, path: target.path, query: target.query };
}

/** The Host field, or undefined where there is not exactly one (RFC 9112 §3.2): the next reader may take the other. */
function onlyHost(hosts: readonly string[], httpVersion: string): string | undefined {
  const [first] = hosts;
  if (first === undefined) return httpVersion === '1.0' ? '' : undefined;
  if (hosts.length === 1) return first;
  // RFC 9113 §8.3.1: a Host beside :authority is in order when it says the same.
  return httpVersion === '2.0' && hosts.length === 2 && hosts[1] === first ? first : undefined;
}

function refused(code: ErrorCode, reason: string): RefusedHead {
  return { kind: 'refused', code, reason };
}

/** A user before an `@` may have brought a password (RFC 9110 §4.2.4), which no log should hold. */
function withoutUser(authority: string): string {
  return authority.replace(/^.*@/s, '…@');
}

/** JSON escapes what would break a line of the log. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
