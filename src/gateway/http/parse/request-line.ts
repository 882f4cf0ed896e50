// A request line as nginx reads it (ngx_http_parse.c, ngx_http_parse_request_line): LF alone ends a line, HTTP/0.9 has
// no version, methods are upper case, and control characters stand nowhere.

export interface RequestLine {
  readonly method: string;
  /** The target from its path on: for an absolute URI what follows the host. */
  readonly target: string;
  /** Of an absolute URI. */
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  /** 9, 1000, 1001. */
  readonly version: number;
  /** `HTTP/1.1` as written, with the spaces behind it; empty for HTTP/0.9. */
  readonly protocol: string;
}

export type RequestLineFault = 'method' | 'request' | 'version' | '0.9 method';

const line = /^([A-Z_-]+) +([^\0-\x20\x7f]+)(?: +(?:(HTTP\/([1-9]\d{0,2})\.(\d{1,3}) *))?)?$/;
const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(\[[A-Za-z0-9\-._~!$&'()*+,;=:]*\]|[A-Za-z0-9.-]*)(?::\d*)?(?=[/?]|$)/;
/** What a line can begin with whose end has not come. */
const beginning = /^(?:[A-Z_-]+(?: +(?:[/A-Za-z][^\0-\x1f\x7f]*)?)?)?\r?$/;

/** @param text a line without its LF, and without a CR before that */
export function parseRequestLine(text: string): RequestLine | RequestLineFault {
  const match = line.exec(text);
  if (match === null) return /^[A-Z_-]+ /.test(text) ? 'request' : 'method';
  const [, method = '', uri = '', protocol = '', major, minor] = match;
  if (protocol !== '' && Number(major) > 1) return 'version';
  const version = protocol === '' ? 9 : Number(major) * 1000 + Number(minor);
  if (protocol !== '' && Number(minor) > 99) return 'request';
  if (version === 9 && method !== 'GET') return '0.9 method';
  if (uri.startsWith('/')) return { method, target: uri, scheme: undefined, host: undefined, version, protocol };
  const origin = absolute.exec(uri);
  if (origin === null) return 'request';
  const [whole, scheme, host] = origin;
  return { method, target: uri.slice(whole.length) || '/', scheme, host, version, protocol };
}

/** Whether a line whose end has not come can become a request line. */
export function mayBeginRequestLine(text: string): boolean {
  return beginning.test(text);
}
