// What all programs are started with: certificates of one CA, with ECDSA and with RSA keys, long revocation lists, and the
// backend. Lies in a directory of its own, which is removed with everything in it.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSigner } from '../src/ca/authority.ts';
import { signCrl } from '../src/ca/sign-crl.ts';
import { type CaStore, initCa } from '../src/ca/store.ts';
import { printPem } from '../src/x509/pem.ts';

export type Keys = 'P-256' | 'rsa:2048';

export interface Fixture {
  readonly directory: string;
  readonly backendPort: number;
  /** A directory with ca.crt, and certificate, key and both in one file of `server` and of `client`. */
  credentials(keys: Keys): Promise<string>;
  /** A list of so many revoked certificates, the client's not among them. */
  revocationList(entries: number): Promise<string>;
  close(): Promise<void>;
}

export async function createFixture(): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'mutual-bench-'));
  const backend = spawn(process.execPath, [join(import.meta.dirname, 'backend.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => backend.once('exit', resolve));
  const remove = (): void => {
    backend.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  const backendPort = await new Promise<number>((resolve, reject) => {
    backend.stdout.once('data', (text) => resolve(Number(text)));
    backend.once('exit', () => reject(new Error('the backend has ended')));
  });
  const made = new Map<Keys, Promise<CaStore>>();
  const ca = (keys: Keys): Promise<CaStore> => {
    const known = made.get(keys) ?? makeCredentials(join(directory, keys.replace(':', '-')), keys);
    made.set(keys, known);
    return known;
  };
  return {
    directory,
    backendPort,
    credentials: async (keys) => (await ca(keys)).paths.directory,
    async revocationList(entries) {
      const file = join(directory, `${entries}.crl`);
      writeFileSync(file, await longList(await ca('P-256'), entries));
      return file;
    },
    async close() {
      backend.kill();
      await ended;
      process.off('exit', remove);
      remove();
    },
  };
}

async function makeCredentials(directory: string, key: Keys): Promise<CaStore> {
  const ca = await initCa({ dir: directory, name: 'bench', key });
  await ca.issue({ name: 'server', profile: 'server', altNames: ['DNS:localhost'], key });
  await ca.issue({ name: 'client', profile: 'client', subject: 'O=Company A', key });
  return ca;
}

async function longList({ paths, authority }: CaStore, entries: number): Promise<string> {
  const now = new Date();
  const list = await signCrl(await loadSigner(paths, authority), {
    number: '02',
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + 86_400_000),
    revocations: Array.from({ length: entries }, (_, i) => ({
      // As long as the serial numbers of a CA are.
      serial: `7F${(i + 1).toString(16).toUpperCase().padStart(30, '0')}`,
      revokedAt: now,
      reason: undefined,
    })),
  });
  return printPem('X509 CRL', list.der);
}
