// Time limits of many connections at the price of one timer: those of equal length are kept in one list, in the order in
// which they run out, so that starting, restarting and stopping one costs a few pointers and no timer of Node's.

/** Something that may run out of time. It has one time limit at a time; a class carries these fields. */
export interface Timed {
  timeLimit: TimeLimit | undefined;
  /** Called once, when the time is over. The limit is no longer set then. */
  onTimeout(): void;
}

export interface Timeouts {
  /** Sets the time limit, in place of the one that may be set. 0: none. @param nowMs where the caller knows it */
  start(timed: Timed, durationMs: number, nowMs?: number): void;
  stop(timed: Timed): void;
  /** Forgets all of them. */
  close(): void;
}

/** A node of a ring that begins and ends at the head of its list. Belongs to this file. */
export class TimeLimit {
  previous: TimeLimit = this;
  next: TimeLimit = this;
  endsAtMs = 0;
  list: TimeLimitList | undefined;
  readonly timed: Timed | undefined;

  constructor(timed: Timed | undefined) {
    this.timed = timed;
  }

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
    this.list = undefined;
  }
}

/** All limits of one length. */
class TimeLimitList {
  readonly head = new TimeLimit(undefined);
  readonly durationMs: number;
  timer: NodeJS.Timeout | undefined;

  constructor(durationMs: number) {
    this.durationMs = durationMs;
  }

  append(limit: TimeLimit): void {
    const { head } = this;
    limit.previous = head.previous;
    limit.next = head;
    head.previous.next = limit;
    head.previous = limit;
    limit.list = this;
  }
}

/** Lengths that nobody uses any more (after reloads) are forgotten beyond this many. */
const mostLengths = 64;

/** @param monotonic a clock that only goes forward, in milliseconds */
export function createTimeouts(monotonic: () => number): Timeouts {
  const lists = new Map<number, TimeLimitList>();

  function listOf(durationMs: number): TimeLimitList {
    let list = lists.get(durationMs);
    if (list === undefined) {
      list = new TimeLimitList(durationMs);
      if (lists.size >= mostLengths) for (const [key, { timer }] of lists) if (timer === undefined) lists.delete(key);
      lists.set(durationMs, list);
    }
    return list;
  }

  function look(list: TimeLimitList): void {
    list.timer = undefined;
    const now = monotonic();
    for (let limit = list.head.next; limit !== list.head && limit.endsAtMs <= now; limit = list.head.next) {
      limit.unlink();
      limit.timed?.onTimeout();
    }
    const first = list.head.next;
    if (first !== list.head) watch(list, first.endsAtMs - now);
  }

  /** The timer is not stopped when its list runs empty: the next limit will want it again. */
  function watch(list: TimeLimitList, waitMs: number): void {
    list.timer ??= setTimeout(look, Math.max(1, Math.ceil(waitMs)), list).unref();
  }

  function start(timed: Timed, durationMs: number, nowMs?: number): void {
    const limit = timed.timeLimit ?? new TimeLimit(timed);
    timed.timeLimit = limit;
    if (limit.list !== undefined) limit.unlink();
    if (durationMs <= 0) return;
    const list = listOf(durationMs);
    limit.endsAtMs = (nowMs ?? monotonic()) + durationMs;
    list.append(limit);
    if (list.timer === undefined) watch(list, durationMs);
  }

  return {
    start,
    stop({ timeLimit }) {
      if (timeLimit?.list !== undefined) timeLimit.unlink();
    },
    close() {
      for (const list of lists.values()) {
        clearTimeout(list.timer);
        list.timer = undefined;
        while (list.head.next !== list.head) list.head.next.unlink();
      }
      lists.clear();
    },
  };
}
