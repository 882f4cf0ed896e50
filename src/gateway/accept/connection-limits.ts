// Counts open connections, in all and for each client address, and says no beyond the limits: one address must
// not be able to use up what is there for everybody.

export interface ConnectionLimits {
  /**
   * Takes a place for `address` and returns the function that gives it back, or undefined where none is left. Without an
   * address (a Unix socket, a proxy that has yet to say for whom it calls) it counts only among all.
   */
  take(address: string | undefined): (() => void) | undefined;
  /** Connections open now. */
  readonly open: number;
}

/** The limits are asked anew for every connection, so that a reload changes them. 0 means: no limit. */
export function createConnectionLimits(
  limits: () => { readonly maxConnections: number; readonly maxConnectionsPerAddress: number },
): ConnectionLimits {
  const byAddress = new Map<string, number>();
  let open = 0;
  return {
    get open() {
      return open;
    },
    take(address) {
      const { maxConnections, maxConnectionsPerAddress } = limits();
      const ofAddress = address === undefined ? 0 : (byAddress.get(address) ?? 0);
      if (maxConnections > 0 && open >= maxConnections) return undefined;
      if (maxConnectionsPerAddress > 0 && ofAddress >= maxConnectionsPerAddress) return undefined;
      open += 1;
      if (address !== undefined) byAddress.set(address, ofAddress + 1);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        open -= 1;
        if (address === undefined) return;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      };
    },
  };
}
