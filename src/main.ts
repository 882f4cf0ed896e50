// argv and streams to the command line; the only file that ends the process.

import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of a start is reading and compiling sources. In the folder of the installation, where whoever can write can
// change the program itself: a shared folder would let others put their code into ours.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)));

// Where nobody catches it, SIGUSR1 opens Node's debugger to everybody on this machine. It is sent to have log files
// opened anew, and may come while the rest of the program is still being loaded.
process.on('SIGUSR1', () => {});

const manifest: { version: string; engines: { node: string } } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

// A reader that goes away (`mutual schema | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const [command, ...args] = process.argv.slice(2);
if (command === 'nginx' && !args.includes('--help')) {
  // A command line of its own, and scripts start it often: nothing of the others is loaded.
  const { runNginx } = await import('./cli/nginx.ts');
  process.exitCode = await runNginx(args, process, manifest.version);
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), process, manifest);
}
process.exit();
