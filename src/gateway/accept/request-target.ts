// A request target comes in as it stood in the request line; its origin-form goes out, with the bytes of path
// and query untouched, and the authority where the target named one. What the path means is asked elsewhere.

export interface RequestTarget {
  /** RFC 9112 §3.2.1: path and query. */
  readonly origin: string;
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
  /** Only of an absolute-form target. Not checked. */
  readonly authority: string | undefined;
}

/** Visible ASCII: anything else cannot stand in a request line, though HTTP/2 could carry it there. */
const visible = /^[!-~]+$/;

/** RFC 9112 §3.2.2. With another scheme we would be asked to be a proxy. */
const absolute = /^https?:\/\/([^/?#]*)/i;

/** The parts of a target; a text that says what is wrong where it is neither origin-form nor absolute-form. */
export function parseTarget(target: string): RequestTarget | string {
  if (!visible.test(target)) return 'bytes in the target that are not visible ASCII';
  if (target.startsWith('/')) return split(target, undefined);
  const match = absolute.exec(target);
  if (match === null) return 'the target is neither a path nor an http URI';
  const rest = target.slice(match[0].length);
  return split(rest.startsWith('/') ? rest : `/${rest}`, match[1]);
}

function split(origin: string, authority: string | undefined): RequestTarget {
  const mark = origin.indexOf('?');
  if (mark === -1) return { origin, path: origin, query: '', authority };
  return { origin, path: origin.slice(0, mark), query: origin.slice(mark + 1), authority };
}
