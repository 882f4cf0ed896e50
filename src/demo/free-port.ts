// Finds a port for the demonstration: the one that the pages speak of, or the next one that is free.

import { type AddressInfo, createServer } from 'node:net';

const tries = 50;

/** `localhost` is both, and whoever listens on one of them may be asked in place of us. */
const hosts = ['127.0.0.1', '::1'] as const;

/** @returns `preferred` if it is free, else the next free port above it, else any that is free */
export async function findFreePort(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + tries; port += 1) {
    if (await isFree(port)) return port;
  }
  return (await probe(hosts[0], 0)) ?? 0;
}

async function isFree(port: number): Promise<boolean> {
  for (const host of hosts) if ((await probe(host, port)) === undefined) return false;
  return true;
}

/** The port that was had for a moment; undefined where somebody else has it. */
function probe(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has nobody on ::1.
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE' ? undefined : port));
    server.listen({ host, port, exclusive: true }, () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}
