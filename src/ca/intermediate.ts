// Makes a CA below another one, in a directory of its own: a name in, a CA out that issues and revokes by itself. The one
// above it signs its certificate and can revoke it; its key is then needed no more, and may be taken off the machine.
import { MutualError } from '../errors.ts';
import { parseName } from '../x509/name.ts';
import { type CaDirectory, fileModes } from './ca-directory.ts';
import { type CaContext, certifyIntermediate, refuseDuplicates } from './certify.ts';
import { prepare, rootSubject, writeBooks } from './init.ts';
import { keyPem } from './issue.ts';
import { generateKey, parseKeySpec } from './key-spec.ts';
import { encodeSubject } from './subject.ts';
import { createFile } from './write-file.ts';

export interface IntermediateRequest {
  /** The directory of the new CA. */
  readonly dir: string;
  /** Its common name. */
  readonly name: string;
  readonly subject?: string;
  readonly days?: number;
  readonly key?: string;
  /** Encrypts the private key of the new CA. */
  readonly passphrase?: string;
  /** Where the list of the CA above is published. */
  readonly crlUrls?: readonly string[];
}

/** Days that an intermediate CA lives when nobody says otherwise. */
export const intermediateDays = 1825;

/** @throws MutualError `store-exists`, `usage`, `csr-refused` for a duplicate, `certificate-invalid` where it may not sign CAs */
export async function makeIntermediate(
  context: CaContext,
  directory: CaDirectory,
  request: IntermediateRequest,
): Promise<void> {
  const { certificate: above } = context.authority;
  const pathLength = above.pathLength === undefined ? 0 : above.pathLength - 1;
  if (pathLength < 0) {
    throw new MutualError(
      'certificate-invalid',
      `"${above.subjectDn}" may not have CAs below it (pathlen:0): make one that may with "mutual ca init --path-length 1"`,
    );
  }
  if (request.passphrase === '') throw new MutualError('usage', 'the passphrase is empty');
  const keySpec = parseKeySpec(request.key ?? 'P-256');
  const subject = await encodeSubject(rootSubject({ subject: request.subject, name: request.name }));
  await refuseDuplicates(context, { subject: parseName(subject), spkiSha256: undefined });
  await prepare(directory);
  const { privateKey, publicKey } = await generateKey(keySpec);
  const certificate = await certifyIntermediate(context, {
    ...{ subject, publicKey, pathLength },
    days: request.days ?? intermediateDays,
    crlUrls: request.crlUrls ?? [],
  });
  await createFile(directory.paths.key, keyPem(privateKey, request.passphrase), fileModes.caKey);
  await writeBooks(directory, [certificate, above, ...context.authority.parents]);
}
