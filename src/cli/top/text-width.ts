// How many columns of a terminal a text takes, and texts cut and filled to a number of columns. Control characters are not
// looked at: texts of strangers have to be made visible before.

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** East Asian Wide and Fullwidth (UAX #11), as far as names hold such characters, and emoji. */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u;
const mark = /^\p{M}+$/u;

export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(segment: string): number {
  if (mark.test(segment)) return 0;
  return wide.test(segment) ? 2 : 1;
}

/** Exactly so many columns: what is longer ends in `…`, what is shorter in spaces. */
export function fit(text: string, columns: number): string {
  const cutText = cut(text, columns);
  return cutText + ' '.repeat(Math.max(0, columns - widthOf(cutText)));
}

/** At most so many columns. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** At the right end of so many columns. */
export function fitRight(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + cut(text, columns);
}
