// What tests use of a library that comes without types.

declare module 'parse-prometheus-text-format' {
  export interface Family {
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly metrics: readonly {
      readonly labels?: Readonly<Record<string, string>>;
      readonly value: string;
      /** Of a histogram, whose labels and sums it does not tell: bound to count. */
      readonly buckets?: Readonly<Record<string, string>>;
    }[];
  }
  const parse: (text: string) => Family[];
  // biome-ignore lint/style/noDefaultExport: that is what the library has.
  export default parse;
}
