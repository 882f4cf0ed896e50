// Escaping and unescaping of URIs with nginx's sets of characters (ngx_string.c, ngx_escape_uri and ngx_unescape_uri).

export type EscapeKind = 'uri' | 'args' | 'component' | 'html' | 'refresh';

const sets: Readonly<Record<EscapeKind, RegExp>> = {
  uri: /[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/g,
  args: /[\0-\x20"#%&+;<>?\\^`{|}\x7f-\xff]/g,
  component: /[^A-Za-z0-9\-._~]/g,
  html: /[\0-\x20"#%'<>\\^`{|}\x7f-\xff]/g,
  refresh: /[\0-\x20"'<>\\^`{|}\x7f-\xff]/g,
};

export function escapeUri(text: string, kind: EscapeKind): string {
  return text.replace(sets[kind], percent);
}

/** The URI of a message for the log, or of a redirect, keeps what is escaped already. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** All `%XX` up to the end, or for a URI up to `?`; what is malformed stays. */
export function unescapeUri(text: string, kind: 'all' | 'uri' = 'all'): string {
  const question = kind === 'uri' ? text.indexOf('?') : -1;
  if (question !== -1) return unescapeUri(text.slice(0, question)) + text.slice(question);
  return text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** For a redirect only what needs no escaping is unescaped, and nothing behind `?`. */
export function unescapeRedirect(text: string): string {
  const question = text.indexOf('?');
  const path = question === -1 ? text : text.slice(0, question);
  const unescaped = path.replace(/%([0-9a-f]{2})/gi, (all, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code > 0x25 && code < 0x7f ? String.fromCharCode(code) : all;
  });
  return question === -1 ? unescaped : unescaped + text.slice(question);
}
