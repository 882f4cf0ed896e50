// What a worker prints, on its way to a stream that all share: pieces of any size in, whole lines out, so that lines of
// several workers never run into one another. The pipe of each is its own.

import type { Readable } from 'node:stream';

/** What is longer than any line of a log is cut: memory is not for whoever prints without end. */
const longestLineBytes = 1 << 20;

/** @param write one or more whole lines, each with its line break */
export function relayLines(stream: Readable, write: (lines: string) => void): void {
  let rest: Buffer[] = [];
  let waiting = 0;
  const put = (end: Buffer): void => {
    const lines = Buffer.concat([...rest, end]).toString('utf8');
    rest = [];
    waiting = 0;
    if (lines !== '') write(lines.endsWith('\n') ? lines : `${lines}\n`);
  };
  stream.on('data', (piece: Buffer) => {
    const end = piece.lastIndexOf('\n') + 1;
    if (end > 0) put(piece.subarray(0, end));
    const left = piece.subarray(end);
    if (left.length > 0) rest.push(left);
    waiting += left.length;
    if (waiting > longestLineBytes) put(Buffer.alloc(0));
  });
  // The last words of one that was killed.
  stream.on('end', () => put(Buffer.alloc(0)));
  stream.on('error', () => put(Buffer.alloc(0)));
}
