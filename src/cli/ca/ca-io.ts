// What the `ca` commands read from and write to: the streams of every command, and standard input for secrets and
// requests that come through a pipe.
import type { CommandIo } from '../io.ts';

export interface CaIo extends CommandIo {
  readonly stdin?: AsyncIterable<Buffer | string>;
}

/** Says what the operator should know though nothing failed; never on standard output, which programs read. */
export function noticeTo(io: CaIo): (notice: string) => void {
  return (notice) => io.stderr.write(`mutual: note: ${notice}\n`);
}

/** All of standard input. */
export async function readStdin(io: CaIo): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
