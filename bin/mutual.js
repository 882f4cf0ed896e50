#!/usr/bin/env node
// Starts mutual on a Node.js that is new enough: the one that runs this file, or else the one that `npm ci` has put
// into node_modules. Plain JavaScript, and old syntax only: a Node.js from years ago must get as far as the message.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const needed = /\d+\.\d+\.\d+/.exec(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node)[0];
const source = join(root, 'src', 'main.ts');
const main = existsSync(source) ? source : join(root, 'dist', 'main.js');

// Where compiled sources are kept: in the folder of the installation, where nobody else can write.
const compiled = join(root, 'node_modules', '.cache', 'node');

function isNewEnough(version) {
  const have = version.split('.').map(Number);
  const want = needed.split('.').map(Number);
  for (let i = 0; i < 3; i += 1) {
    if (have[i] !== want[i]) return have[i] > want[i];
  }
  return true;
}

/** The Node.js that the npm package `node` brings, if it is installed. */
function findBundledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    return existsSync(binary) && isNewEnough(version) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `binary` in our place: its output is ours, our signals are its signals, its end is our end. */
function runInOurPlace(binary) {
  // A group of its own: a terminal would otherwise send Ctrl-C to both, and a second signal means "at once".
  // The number of this process is what a pid file has to hold: it is the one that whoever started us knows.
  const env = Object.assign({ NODE_COMPILE_CACHE: compiled }, process.env, { MUTUAL_STARTED_BY: String(process.pid) });
  const child = spawn(binary, [main, ...process.argv.slice(2)], { stdio: 'inherit', detached: true, env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`mutual: ${binary} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code);
  });
}

if (isNewEnough(process.versions.node)) {
  module.enableCompileCache(compiled);
  // As a URL: a folder may have any name, `#` and `%` included.
  await import(pathToFileURL(main).href);
} else {
  const bundled = findBundledNode();
  if (bundled === undefined) {
    process.stderr.write(
      `mutual: Node.js ${needed} or newer is needed and this is ${process.versions.node}: install it, or run "npm ci" in ${root}, which brings one along\n`,
    );
    process.exitCode = 1;
  } else {
    runInOurPlace(bundled);
  }
}
