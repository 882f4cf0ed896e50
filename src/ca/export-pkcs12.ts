// NAME.p12 out of the files of a name: checks that there is a key to export and no file in the way, and writes the file
// for its owner alone. The password is the caller's; it is neither kept nor shown here.
import { MutualError } from '../errors.ts';
import { readBytes } from './authority.ts';
import { fileModes } from './ca-directory.ts';
import type { CaContext } from './certify.ts';
import { encryptedKey, isEncryptedKey } from './encrypted-key.ts';
import { parseEntryName } from './entry-name.ts';
import { makePkcs12 } from './pkcs12.ts';
import { createFile } from './write-file.ts';

export interface ExportRequest {
  readonly name: string;
  readonly password: string;
  /** Of the key, if it is encrypted. */
  readonly keyPassphrase?: string;
  /** Default: NAME.p12 in the directory of the CA. */
  readonly out?: string;
  /** For keychains that cannot read AES. */
  readonly legacy?: boolean;
  /** The openssl program; default: `openssl`. */
  readonly program?: string;
}

/**
 * @returns the path of the file.
 * @throws MutualError `certificate-unknown`, `key-invalid` where the key was made elsewhere, `store-exists`,
 * `tool-missing`.
 */
export async function exportPkcs12(context: CaContext, request: ExportRequest): Promise<string> {
  const { directory } = context;
  const name = parseEntryName(request.name);
  const files = directory.entryPaths(name);
  const taken = await directory.takenFiles(name);
  if (!taken.includes(files.certificate)) {
    throw new MutualError('certificate-unknown', `there is no certificate named "${name}": no ${files.certificate}`);
  }
  if (!taken.includes(files.bundle)) {
    throw new MutualError(
      'key-invalid',
      `the key of "${name}" was made elsewhere; only its owner can make a .p12 file of it`,
    );
  }
  if (request.keyPassphrase === undefined && isEncryptedKey(await readBytes(files.bundle))) {
    throw encryptedKey(files.bundle);
  }
  const content = await makePkcs12({
    bundleFile: files.bundle,
    caFile: directory.paths.certificate,
    friendlyName: name,
    password: request.password,
    ...(request.keyPassphrase === undefined ? {} : { keyPassphrase: request.keyPassphrase }),
    legacy: request.legacy === true,
    ...(request.program === undefined ? {} : { program: request.program }),
  });
  const out = request.out ?? files.pkcs12;
  await createFile(out, content, fileModes.key);
  return out;
}
