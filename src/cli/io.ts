// Where a command writes to. Handed in, so that a test can read what a person would have seen.

export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
}

export interface CommandIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Ends the process, whatever it is doing. Absent where it is not ours to end. */
  readonly exit?: (code: number) => void;
}
