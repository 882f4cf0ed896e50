// Who else can get at a CA: looks at the permissions of its key and directory, and says in words what is too open. It
// never changes them: they may be somebody's decision.
import { stat } from 'node:fs/promises';
import type { StorePaths } from './store-paths.ts';

/** One line for each file that others can read or write and should not. */
export async function faultsOfPermissions(paths: StorePaths, key: string): Promise<string[]> {
  const keyMode = await modeOf(key);
  const directoryMode = await modeOf(paths.directory);
  return [
    ...(keyMode & 0o077 ? [`others can get at the private key of the CA: chmod 600 ${key}`] : []),
    ...(directoryMode & 0o022 ? [`others can write to the directory of the CA: chmod go-w ${paths.directory}`] : []),
  ];
}

/** Permission bits; none where there is no such file, and on systems without them. */
async function modeOf(path: string): Promise<number> {
  if (process.platform === 'win32') return 0;
  return stat(path).then(
    ({ mode }) => mode & 0o777,
    () => 0,
  );
}
