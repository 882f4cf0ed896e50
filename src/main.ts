// argv and streams to the command line; the only file that ends the process.

import { readFileSync } from 'node:fs';
import { runProgram } from './cli/program.ts';

const manifest: { version: string; engines: { node: string } } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

// A reader that goes away (`mutual schema | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runProgram(process.argv.slice(2), process, manifest);
process.exit();
