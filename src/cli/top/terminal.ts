// The terminal of a live view: frames in, what changes on the screen out, keys and resizes told. Whatever happens, it
// leaves the terminal as it found it.

import type { ReadStream, WriteStream } from 'node:tty';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  draw(lines: readonly string[]): void;
  /** Calls when another size or a key asks for another frame. */
  onResize(listener: () => void): void;
  /** Resolves when a key or a signal asks for the end. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Another screen, no cursor; and back. DECSET 1049 and 25. */
const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
/** Before a line: behind one that fills the terminal it would take its last character away. */
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';
/** q, Q, Ctrl-C, Ctrl-D. */
const endKeys = /[qQ\x03\x04]/;

export function openTerminal(input: ReadStream, output: WriteStream): Terminal {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const onKey = (data: Buffer): void => {
    const text = data.toString('latin1');
    if (endKeys.test(text) || text === '\x1b') end();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (): void => end();
  if (input.isTTY) input.setRawMode(true);
  input.on('data', onKey);
  input.resume();
  for (const signal of signals) process.on(signal, onSignal);
  output.write(enter);
  let closed = false;
  return {
    get columns() {
      return output.columns || 80;
    },
    get rows() {
      return output.rows || 24;
    },
    draw(lines) {
      if (closed) return;
      output.write(`${home}${lines.map((line) => `${clearLine}${line}`).join('\r\n')}${clearBelow}`);
    },
    onResize(listener) {
      output.on('resize', listener);
    },
    ended,
    close() {
      if (closed) return;
      closed = true;
      output.removeAllListeners('resize');
      for (const signal of signals) process.off(signal, onSignal);
      input.off('data', onKey);
      if (input.isTTY) input.setRawMode(false);
      input.pause();
      output.write(leave);
    },
  };
}
