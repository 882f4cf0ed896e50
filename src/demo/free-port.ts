// Finds a port for the demonstration: the one that the pages speak of, or the next one that is free.

import { createServer } from 'node:net';

const tries = 50;

/** @returns `preferred` if it is free on `host`, else the next free port above it, else any (0). */
export async function findFreePort(host: string, preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + tries; port += 1) {
    if (await isFree(host, port)) return port;
  }
  return 0;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
