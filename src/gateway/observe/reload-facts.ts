// What became of a reload.

export interface ReloadFacts {
  readonly atMs: number;
  readonly result: 'succeeded' | 'failed';
  /** For people: what was taken into use, or what is wrong and where. May have several lines. */
  readonly message: string;
}
