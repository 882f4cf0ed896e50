// The bytes of an nginx file in, its words out, one directive after another, by nginx's own lexical rules
// (src/core/ngx_conf_file.c, ngx_conf_read_token): quotes, escapes, comments, `${variable}`, and what ends a word.

import { NginxFault, type Place } from '../nginx-fault.ts';

export type Statement =
  | { readonly kind: 'directive' | 'block'; readonly words: readonly string[] }
  | { readonly kind: 'block-end' }
  | { readonly kind: 'end' };

export interface TokenReader {
  /** Of the byte that was read last. */
  readonly place: Place;
  /** @throws NginxFault */
  next(): Statement;
}

/** nginx reads files in pieces of this size, and no word may be as long as one. */
const longestWord = 4096;

const blank = new Set([' ', '\t', '\r', '\n']);

/** @param file undefined: the bytes are those of `-g`. */
export function createTokenReader(bytes: Buffer, file: string | undefined): TokenReader {
  // One character is one byte, until a word is whole.
  const text = bytes.toString('latin1');
  let position = 0;
  let line = 1;

  const fail = (message: string, at = line): never => {
    throw new NginxFault(message, { file, line: at });
  };

  function endOfText(inside: boolean): Statement {
    if (!inside) return { kind: 'end' };
    return fail(
      file === undefined
        ? 'unexpected end of parameter, expecting ";"'
        : 'unexpected end of file, expecting ";" or "}"',
    );
  }

  function next(): Statement {
    const words: string[] = [];
    let start = position;
    let startLine = line;
    let betweenWords = true;
    let needSpace = false;
    let inComment = false;
    let escaped = false;
    let variable = false;
    let quote = '';

    for (;;) {
      if (position >= text.length) return endOfText(words.length > 0 || !betweenWords);
      if (position - start >= longestWord) {
        fail(
          quote === ''
            ? `too long parameter "${text.slice(start, start + 10)}..." started`
            : `too long parameter, probably missing terminating "${quote}" character`,
          startLine,
        );
      }
      const char = text[position] as string;
      position += 1;
      if (char === '\n') {
        line += 1;
        inComment = false;
      }
      if (inComment) continue;
      if (escaped) {
        escaped = false;
        continue;
      }
      if (needSpace) {
        if (blank.has(char)) {
          betweenWords = true;
          needSpace = false;
          continue;
        }
        if (char === ';') return { kind: 'directive', words };
        if (char === '{') return { kind: 'block', words };
        if (char !== ')') fail(`unexpected "${char}"`);
        betweenWords = true;
        needSpace = false;
      }
      if (betweenWords) {
        start = position - 1;
        startLine = line;
        if (blank.has(char)) continue;
        switch (char) {
          case ';':
          case '{':
            if (words.length === 0) fail(`unexpected "${char}"`);
            return { kind: char === '{' ? 'block' : 'directive', words };
          case '}':
            if (words.length > 0) fail('unexpected "}"');
            return { kind: 'block-end' };
          case '#':
            inComment = true;
            continue;
          case '\\':
            escaped = true;
            break;
          case '"':
          case "'":
            start += 1;
            quote = char;
            break;
          case '$':
            variable = true;
            break;
        }
        betweenWords = false;
        continue;
      }
      if (char === '{' && variable) continue;
      variable = false;
      if (char === '\\') {
        escaped = true;
        continue;
      }
      if (char === '$') {
        variable = true;
        continue;
      }
      const isLast = quote === '' ? blank.has(char) || char === ';' || char === '{' : char === quote;
      if (!isLast) continue;
      words.push(withoutEscapes(text.slice(start, position - 1)));
      if (quote !== '') needSpace = true;
      else betweenWords = true;
      quote = '';
      if (needSpace) continue;
      if (char === ';') return { kind: 'directive', words };
      if (char === '{') return { kind: 'block', words };
    }
  }

  return {
    get place() {
      return { file, line };
    },
    next,
  };
}

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', '"': '"', "'": "'", '\\': '\\' };

/** Any other backslash stands for itself: regular expressions have them. */
function withoutEscapes(word: string): string {
  const plain = word.includes('\\')
    ? word.replaceAll(/\\([\s\S])/g, (whole, char: string) => escapes[char] ?? whole)
    : word;
  return Buffer.from(plain, 'latin1').toString('utf8');
}
