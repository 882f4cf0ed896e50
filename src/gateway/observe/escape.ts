// Text for a line of a log: whatever a client sends in, printable ASCII out that cannot end the line or a quoted
// field of it.

/** nginx's default escaping (ngx_http_log_escape): controls, `"`, `\` and everything above 126 as `\xHH`. */
export function escapeLog(text: string): string {
  if (!/["\\\x00-\x1f\x7f-\uffff]/.test(text)) return text;
  return text.replaceAll(/["\\\x00-\x1f\x7f-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) as number;
    // Values of variables are bytes; anything wider has come from the configuration and is UTF-8 for nginx.
    const bytes = code <= 0xff ? [code] : Buffer.from(character, 'utf8');
    return Array.from(bytes, (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}

/** JSON on one line, in ASCII: line separators and bidirectional controls stay visible as `\uXXXX`. */
export function stringifyAscii(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/[\x7f-\uffff]/.test(text)) return text;
  return text.replaceAll(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What JSON leaves as it is and a terminal obeys: DEL, C1 controls, line separators, marks that turn the direction of text. */
const unseen = /[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const allUnseen = new RegExp(unseen, 'g');

/** A line of JSON without them; what it says is the same. */
export function escapeJsonLine(json: string): string {
  if (!unseen.test(json)) return json;
  return json.replaceAll(allUnseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
