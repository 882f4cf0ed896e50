// The host of a request, checked (ngx_http_request.c, ngx_http_validate_host): lower case, without port and without a dot
// at its end.

/** Undefined where it is no host. */
export function validateHost(text: string): string | undefined {
  let end = text.length;
  let literal = false;
  let port = false;
  let dot = -2;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] as string;
    if (character <= ' ' || character === '\x7f' || character === '/') return undefined;
    if (character === '.') {
      if (dot === i - 1) return undefined;
      dot = i;
    } else if (character === ':' && !literal && !port) {
      end = i;
      port = true;
    } else if (character === '[' && i === 0) literal = true;
    else if (character === ']' && literal) {
      literal = false;
      end = i + 1;
      port = true;
    }
  }
  if (dot === end - 1) end -= 1;
  return end <= 0 ? undefined : text.slice(0, end).toLowerCase();
}
