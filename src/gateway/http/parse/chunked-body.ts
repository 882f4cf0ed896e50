// Reads a body in chunked coding (RFC 9112 section 7.1), as leniently as nginx (ngx_http_parse_chunked): extensions and
// trailers are passed over. Pieces of any size come in; what is data goes out.

type State =
  | 'start'
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'after-data'
  | 'after-data-lf'
  | 'trailer-start'
  | 'trailer'
  | 'trailer-lf'
  | 'end-lf'
  | 'done';

/** A size of more digits than this cannot be a number that is kept exactly. */
const maxSizeDigits = 13;

/** Bytes of all extensions and trailers of a body: they carry nothing, and must not for ever (CVE-2024-22019). */
const maxExtraBytes = 65_536;

export interface ChunkedBody {
  readonly done: boolean;
  /** The trailer lines seen so far, without their ends. */
  readonly trailers: readonly string[];
  /**
   * Takes bytes from `from` on, and gives data to `onData`.
   * @returns how many bytes were taken; all of them unless the body has ended; undefined where it is malformed
   */
  take(bytes: Buffer, onData: (data: Buffer) => void): number | undefined;
}

export function createChunkedBody(): ChunkedBody {
  let state: State = 'start';
  let left = 0;
  let digits = 0;
  let extraBytes = 0;
  let trailer = '';
  const trailers: string[] = [];

  function take(bytes: Buffer, onData: (data: Buffer) => void): number | undefined {
    let at = 0;
    while (at < bytes.length && state !== 'done') {
      if (state === 'data') {
        const end = Math.min(bytes.length, at + left);
        onData(bytes.subarray(at, end));
        left -= end - at;
        at = end;
        if (left === 0) state = 'after-data';
        continue;
      }
      const next = step(bytes[at] as number);
      if (next === undefined) return undefined;
      state = next;
      if (state === 'extension' || state === 'trailer') extraBytes += 1;
      if (extraBytes > maxExtraBytes) return undefined;
      at += 1;
    }
    return at;
  }

  function step(byte: number): State | undefined {
    switch (state) {
      case 'start':
      case 'size': {
        const digit = hexDigit(byte);
        if (digit !== undefined) {
          digits += 1;
          left = left * 16 + digit;
          return digits > maxSizeDigits ? undefined : 'size';
        }
        if (state === 'start') return undefined;
        if (byte === 0x0d) return 'size-lf';
        if (byte === 0x0a) return afterSize();
        return byte === 0x3b || byte === 0x20 || byte === 0x09 ? 'extension' : undefined;
      }
      case 'extension':
        if (byte === 0x0d) return 'size-lf';
        return byte === 0x0a ? afterSize() : 'extension';
      case 'size-lf':
        return byte === 0x0a ? afterSize() : undefined;
      case 'after-data':
        if (byte === 0x0d) return 'after-data-lf';
        return byte === 0x0a ? beginChunk() : undefined;
      case 'after-data-lf':
        return byte === 0x0a ? beginChunk() : undefined;
      case 'trailer-start':
        if (byte === 0x0d) return 'end-lf';
        if (byte === 0x0a) return 'done';
        trailer = String.fromCharCode(byte);
        return 'trailer';
      case 'trailer':
        if (byte === 0x0d) return 'trailer-lf';
        if (byte === 0x0a) return endTrailer();
        trailer += String.fromCharCode(byte);
        return 'trailer';
      case 'trailer-lf':
        return byte === 0x0a ? endTrailer() : undefined;
      case 'end-lf':
        return byte === 0x0a ? 'done' : undefined;
      default:
        return undefined;
    }
  }
  function afterSize(): State {
    return left === 0 ? 'trailer-start' : 'data';
  }
  function beginChunk(): State {
    left = 0;
    digits = 0;
    return 'start';
  }
  function endTrailer(): State {
    trailers.push(trailer);
    return 'trailer-start';
  }
  return {
    get done() {
      return state === 'done';
    },
    trailers,
    take,
  };
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}
