// The buffers that nginx reads a request head into: a small one, and a few large ones where that is not enough. We read
// into one; this keeps account of what would have fitted (ngx_http_request.c, ngx_http_alloc_large_header_buffer).

export interface HeadBuffers {
  /**
   * A line that begins at `start` and of which there is something up to `end`, both counted from the head's first byte.
   * @returns false where it does not fit
   */
  fits(start: number, end: number): boolean;
  configure(large: { readonly number: number; readonly size: number }): void;
}

export function headBuffers(
  smallBytes: number,
  large: { readonly number: number; readonly size: number },
): HeadBuffers {
  let { number, size } = large;
  let bufferEnd = smallBytes;
  let used = 0;
  return {
    fits(start, end) {
      while (end > bufferEnd) {
        if (bufferEnd - start >= size || used >= number) return false;
        used += 1;
        bufferEnd = start + size;
      }
      return true;
    },
    configure(next) {
      number = next.number;
      size = next.size;
    },
  };
}
