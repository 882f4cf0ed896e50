// Tells when any of a set of files has changed, whether it was written in place, renamed over or swapped by a
// symbolic link further up. Looks at what the files hold and not at events: events only say when to look.

import { hash } from 'node:crypto';
import { type FSWatcher, readFileSync, realpathSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from '../errors.ts';

export interface FileWatch {
  close(): void;
}

/** A writer that writes a certificate and then its key gets the chance to finish. */
const settleMs = 200;
/** Network file systems and overlays lose events: every so often the files are looked at anyway. */
const lookMs = 10_000;

/** Calls `changed` after the contents of a file differ from what they were, once for each burst of writes. */
export function watchFiles(files: readonly string[], changed: () => void): FileWatch {
  let known = fingerprint(files);
  let watchers: FSWatcher[] = [];
  let settling: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = fingerprint(files);
    if (now === known) return;
    known = now;
    rewatch();
    changed();
  };
  const soon = (): void => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs);
  };
  const rewatch = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    for (const folder of foldersOf(files)) {
      try {
        const watcher = watch(folder, { persistent: false }, soon);
        watcher.on('error', () => watcher.close());
        watchers.push(watcher);
      } catch {
        // No such folder at the moment, or no watches left: the regular look does it.
      }
    }
  };
  rewatch();
  const timer = setInterval(look, lookMs).unref();
  return {
    close() {
      clearInterval(timer);
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** Folders in which a change may change one of the files: the one that names it and the one it really is in. */
function foldersOf(files: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const file of files) {
    folders.add(dirname(file));
    try {
      folders.add(dirname(realpathSync(file)));
      // Kubernetes swaps a link named ..data beside the files that point through it.
      folders.add(dirname(dirname(realpathSync(file))));
    } catch {
      // It is gone for now; its folder tells when it is back.
    }
  }
  return folders;
}

function fingerprint(files: readonly string[]): string {
  return files.map((file) => contentHash(file)).join();
}

function contentHash(file: string): string {
  try {
    return hash('sha256', readFileSync(file));
  } catch (error) {
    return systemCodeOf(error) ?? 'unreadable';
  }
}
