// One writer at a time: a lock file in the CA's directory in, the work done, the lock gone out. A lock whose process has
// died is taken over, and said so; a lock of another machine never is, because its process cannot be seen from here.
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';
import { linkNew } from './write-file.ts';

/** Who holds a lock. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** When that process started (ms): a number that another process of the same id does not share. */
  readonly startedAt: number;
}

export interface LockOptions {
  /** How long to wait for another writer. */
  readonly waitMs: number;
  /** Told, in words, when a dead process's lock was taken over. */
  readonly onNotice: (notice: string) => void;
}

const pollMs = 25;

/**
 * Runs `work` while holding the lock.
 *
 * @throws MutualError `store-locked` when another writer holds it for longer than `waitMs`.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Whether the process that holds a lock is gone for certain. */
export function isAbandoned(holder: LockHolder, self: LockHolder): boolean {
  if (holder.host !== self.host) return false;
  // Our own id with another start: in a container every command is process 1.
  if (holder.pid === self.pid) return holder.startedAt !== self.startedAt;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return systemCodeOf(error) === 'ESRCH';
  }
}

async function acquire(path: string, options: LockOptions): Promise<void> {
  const self = { host: hostname(), pid: process.pid, startedAt: Math.round(performance.timeOrigin) };
  const giveUpAt = performance.now() + options.waitMs;
  while (!(await tryCreate(path, self))) {
    const holder = await readHolder(path);
    if (holder !== undefined && isAbandoned(holder, self)) {
      if (await removeAbandoned(path, self)) {
        options.onNotice(
          `took over the lock of process ${holder.pid}, which is gone; its last change may be unfinished`,
        );
      }
    } else if (performance.now() >= giveUpAt) {
      const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
      throw new MutualError('store-locked', `${who} is writing to this CA; if it is gone, remove ${path}`);
    } else {
      await sleep(pollMs);
    }
  }
}

/** The file appears with its content in one step, so that nobody ever reads a lock without a holder. */
async function tryCreate(path: string, self: LockHolder): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, JSON.stringify(self), { flag: 'wx', mode: 0o600 });
    await linkNew(temporary, path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw new MutualError('file-unwritable', `cannot lock ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes an abandoned lock. Two processes may find it at the same time, and the slower one must not remove the new
 * lock of the faster: so removing has a lock of its own, under which the holder is looked at again.
 */
async function removeAbandoned(path: string, self: LockHolder): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await tryCreate(guard, self))) {
    const other = await readHolder(guard);
    if (other !== undefined && isAbandoned(other, self)) {
      throw new MutualError('store-locked', `a process died while it took over the lock: remove ${guard} and ${path}`);
    }
    await sleep(pollMs);
    return false;
  }
  try {
    const holder = await readHolder(path);
    if (holder === undefined || !isAbandoned(holder, self)) return false;
    await rm(path, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  const { host, pid, startedAt } = value as Record<string, unknown>;
  return typeof host === 'string' && Number.isSafeInteger(pid) && typeof startedAt === 'number';
}
