// Text in, lines no wider than the terminal out: broken between words, each line indented.

export interface FoldOptions {
  /** Spaces before each line. */
  readonly indent: number;
  /** A word that is wider than this stands on a line of its own, and is not broken. */
  readonly columns: number;
}

export function fold(text: string, { indent, columns }: FoldOptions): string[] {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  let line = '';
  // Runs of spaces stay where they are: they line things up.
  for (const [word] of text.matchAll(/\S+ */g)) {
    if (line !== '' && indent + line.length + word.trimEnd().length > columns) {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  return [...lines, line].map((one) => (margin + one).trimEnd());
}
