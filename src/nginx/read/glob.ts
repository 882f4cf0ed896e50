// The file names that a pattern stands for, in order of their bytes, as glob(3) gives them: `*` and `?` match no slash,
// and no dot at the beginning of a name.

import { existsSync, readdirSync } from 'node:fs';

export function isPattern(name: string): boolean {
  return /[*?[]/.test(name);
}

export function expandPattern(pattern: string): string[] {
  const [first = '', ...segments] = pattern.split('/');
  let found = first === '' ? ['/'] : expandIn('', first);
  for (const segment of segments) {
    if (segment === '') continue;
    found = found.flatMap((directory) => expandIn(directory.endsWith('/') ? directory : `${directory}/`, segment));
  }
  return found;
}

/** @param directory with its slash; empty: the current one */
function expandIn(directory: string, segment: string): string[] {
  if (!isPattern(segment)) return existsSync(`${directory}${segment}`) ? [`${directory}${segment}`] : [];
  const expression = segmentExpression(segment);
  return namesIn(directory === '' ? '.' : directory)
    .filter((name) => expression.test(name) && (!name.startsWith('.') || segment.startsWith('.')))
    .map((name) => `${directory}${name}`);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch {
    return [];
  }
}

function segmentExpression(segment: string): RegExp {
  const source = segment.replaceAll(/\[!?\]?[^\]]*\]|\\.|[^\w]/gs, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.startsWith('[') && part.length > 1) return characterClass(part);
    return `\\u{${(part.startsWith('\\') ? part.slice(1) : part).codePointAt(0)?.toString(16)}}`;
  });
  return new RegExp(`^${source}$`, 'su');
}

function characterClass(part: string): string {
  const negated = part.startsWith('[!') || part.startsWith('[^');
  const members = part.slice(negated ? 2 : 1, -1).replaceAll(/[\\\][^&~|]/g, '\\$&');
  return `[${negated ? '^' : ''}${members}]`;
}
