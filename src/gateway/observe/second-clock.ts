// Calls at the beginning of every second of the clock, as nearly as timers can. It keeps no process alive.

export interface SecondClock {
  close(): void;
}

/** @param now Unix time in milliseconds */
export function createSecondClock(now: () => number, onSecond: () => void): SecondClock {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    // A little behind the beginning, for timers may be early.
    timer = setTimeout(
      () => {
        onSecond();
        wait();
      },
      1005 - (now() % 1000),
    ).unref();
  };
  wait();
  return { close: () => clearTimeout(timer) };
}
