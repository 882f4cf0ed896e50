import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { relayLines } from '../../../src/workers/relay-lines.ts';

async function relayed(pieces: readonly Buffer[]): Promise<string[]> {
  const stream = new PassThrough();
  const written: string[] = [];
  relayLines(stream, (lines) => written.push(lines));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await once(stream, 'end');
  return written;
}

test('pieces of any size come out as whole lines', async () => {
  const text = 'one\ntwo\n\nZürich 🦊\nlast\n';
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1 }), async (sizes) => {
      const bytes = Buffer.from(text);
      const pieces: Buffer[] = [];
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const size = sizes[n % sizes.length] ?? 1;
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      const written = await relayed(pieces);
      assert.equal(written.join(''), text);
      for (const lines of written) assert.ok(lines.endsWith('\n'));
    }),
    { numRuns: 50 },
  );
});

test('the last words of one that was killed are a line, too', async () => {
  assert.deepEqual(await relayed([Buffer.from('one\nhalf of tw')]), ['one\n', 'half of tw\n']);
  assert.deepEqual(await relayed([]), []);
});

test('whoever prints without end takes no memory for it', async () => {
  const written = await relayed(Array.from({ length: 40 }, () => Buffer.alloc(100_000, 'x')));
  assert.equal(written.join('').replaceAll('\n', '').length, 4_000_000);
  assert.ok(written.every((lines) => lines.length < 1_200_000));
});
