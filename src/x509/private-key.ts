// A private key: PEM in, a key object out, or one clear reason why not. Never prints key material.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { type PemBlock, parsePem } from './pem.ts';

/**
 * The first private key of a PEM text, as OpenSSL chooses it; parameters and certificates around it are ignored.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` or `key-invalid`
 */
export function parsePrivateKey(pem: string | Buffer, source: string, passphrase?: string): KeyObject {
  const blocks = parsePem(pem, source);
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) throw new MutualError('key-invalid', `${source}: no private key: ${describe(blocks)}`);
  const place = `${source}:${block.line}`;
  const isEncrypted = block.label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(block.text);
  if (isEncrypted && passphrase === undefined) {
    throw new MutualError('key-invalid', `${place}: the private key is encrypted and no passphrase is configured`);
  }
  try {
    return createPrivateKey(isEncrypted ? { key: block.text, passphrase: passphrase ?? '' } : block.text);
  } catch (error) {
    throw new MutualError('key-invalid', `${place}: ${explain(error, isEncrypted)}`, { cause: error });
  }
}

/** Does this key belong to this certificate? */
export function keyMatches(certificate: Certificate, key: KeyObject): boolean {
  return key.type === 'private' && certificate.x509.checkPrivateKey(key);
}

function describe(blocks: readonly PemBlock[]): string {
  const labels = [...new Set(blocks.map(({ label }) => label))];
  return labels.length === 0
    ? 'the file holds no PEM block; DER and PKCS #12 keys have to be converted to PEM'
    : `the file holds only ${labels.join(', ')}`;
}

function explain(error: unknown, isEncrypted: boolean): string {
  // A wrong passphrase shows as a bad padding, and by chance, once in a few hundred, as malformed content.
  if (isEncrypted) return 'the private key cannot be decrypted: the passphrase is wrong, or the block is damaged';
  return `the private key cannot be read (${systemCodeOf(error) ?? messageOf(error)})`;
}
