// CPU time of a request, side by side with nginx in one run: mutual TLS, keep-alive, a body of 100 bytes, the same headers
// set, the access log on in both. Wall-clock figures say more of the machine than of the program; CPU time and its ratio
// in one run hold.
//
//   npm run bench [-- --requests 20000 --rounds 5 --connections 16]

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { initCa } from '../src/ca/store.ts';
import { cpuMicroseconds } from './cpu.ts';
import { startMutual, startNginx, type Target } from './targets.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
  },
});
const run = promisify(execFile);
const script = (name: string): string => join(import.meta.dirname, name);

async function measure(target: Target, directory: string, requests: number): Promise<number> {
  const before = cpuMicroseconds(target.pid);
  const args = [script('load.ts'), String(target.port), directory, values.connections, String(requests)];
  const { stdout } = await run(process.execPath, args, { timeout: 300_000 });
  if (stdout.trim() !== '0') throw new Error(`${target.name}: ${stdout.trim()} answers were not 200`);
  return (cpuMicroseconds(target.pid) - before) / requests;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const directory = mkdtempSync(join(tmpdir(), 'mutual-bench-'));
const backend = spawn(process.execPath, [script('backend.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
const targets: Target[] = [];
try {
  const ca = await initCa({ dir: directory, name: 'bench' });
  await ca.issue({ name: 'server', profile: 'server', altNames: ['DNS:localhost'] });
  await ca.issue({ name: 'client', profile: 'client', subject: 'O=Company A' });
  const backendPort = await new Promise<number>((resolve) =>
    backend.stdout.once('data', (text) => resolve(Number(text))),
  );
  const nginx = await startNginx(directory, backendPort);
  if (nginx === undefined) process.stdout.write('nginx is not installed: no ratio can be given\n');
  else targets.push(nginx);
  targets.push(await startMutual(directory, backendPort));

  const requests = Number(values.requests);
  const figures = new Map<string, number[]>();
  for (const target of targets) await measure(target, directory, Math.ceil(requests / 4)); // warm-up
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const target of targets) {
      const microseconds = await measure(target, directory, requests);
      figures.set(target.name, [...(figures.get(target.name) ?? []), microseconds]);
    }
  }
  const base = median(figures.get('nginx') ?? []);
  process.stdout.write(`CPU time of a request, median of ${values.rounds} rounds of ${requests} requests:\n`);
  for (const [name, all] of figures) {
    const middle = median(all);
    const ratio = Number.isNaN(base) ? '' : `   ${(middle / base).toFixed(2)} x nginx`;
    const range = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    process.stdout.write(`  ${name.padEnd(8)} ${middle.toFixed(1).padStart(7)} µs   (${range})${ratio}\n`);
  }
} finally {
  for (const target of targets) await target.stop();
  backend.kill();
  rmSync(directory, { recursive: true, force: true });
}
