// How a phase sends a request elsewhere: to another URI, or to a named location. The phases begin again then.

export interface Redirects<R> {
  readonly internal: (request: R, uri: string, args: string | undefined) => number;
  readonly named: (request: R, name: string) => number;
}
