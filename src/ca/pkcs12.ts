// A .p12 file (PKCS#12) for a browser, a phone or Java: certificate, key and password in, the file's bytes out. Made by
// the openssl program. The password goes to it through a pipe: on a command line `ps` would show it to everybody.
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';

export interface Pkcs12Request {
  /** PEM file with the certificate and its key. */
  readonly bundleFile: string;
  /** PEM file with the CAs that belong to it. */
  readonly caFile: string;
  /** What programs call it in their lists. */
  readonly friendlyName: string;
  readonly password: string;
  /** Of the key in the bundle, if it is encrypted. */
  readonly keyPassphrase?: string;
  /** 3DES and SHA-1, for keychains that cannot read AES (macOS before 15, Android before 12, Java before 8u301). */
  readonly legacy: boolean;
  /** The openssl program. */
  readonly program?: string;
}

/** The algorithms are named, since openssl's defaults differ by version: 1.1 would still use RC2-40. */
export const pkcs12Algorithms = {
  modern: ['-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC', '-macalg', 'sha256'],
  // 3DES for the certificates too: RC2-40 is not in OpenSSL 3's default provider, and whoever reads one reads the other.
  legacy: ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
} as const;

/** @throws MutualError `tool-missing` where there is no openssl program, `key-invalid` with its words if it fails. */
export async function makePkcs12(request: Pkcs12Request): Promise<Buffer> {
  const { bundleFile, caFile, friendlyName, password, keyPassphrase = '', legacy, program = 'openssl' } = request;
  const files = ['-in', bundleFile, '-certfile', caFile, '-name', friendlyName];
  const algorithms = pkcs12Algorithms[legacy ? 'legacy' : 'modern'];
  const child = spawn(program, ['pkcs12', '-export', ...files, ...algorithms, '-passout', 'fd:3', '-passin', 'fd:4'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  for (const [at, secret] of [
    [3, password],
    [4, keyPassphrase],
  ] as const) {
    const pipe = child.stdio[at] as Writable;
    // openssl may end before it has read it; its exit code says why.
    pipe.on('error', () => {});
    pipe.end(`${secret}\n`);
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [output, complaint, exitCode] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    ended.catch((error: unknown) => {
      throw explainSpawn(program, error);
    }),
  ]);
  if (exitCode === 0) return output;
  const words = complaint.toString().trim().split('\n').at(-1) ?? '';
  throw new MutualError('key-invalid', `"${program} pkcs12" failed on ${bundleFile}: ${words}`);
}

function explainSpawn(program: string, error: unknown): MutualError {
  const missing = systemCodeOf(error) === 'ENOENT';
  const why = missing ? `the program "${program}" is not installed; it makes the .p12 file` : messageOf(error);
  return new MutualError('tool-missing', why, { cause: error });
}

async function readAll(stream: Readable | null): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}
