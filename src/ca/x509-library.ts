// The one door to @peculiar/x509, opened when something is to be signed or a request is to be read. A gateway, which
// shares the command line with the CA, never loads it.

/**
 * Loads the library, once.
 *
 * Its container looks for three metadata functions on `Reflect`, so `reflect-metadata.ts` has to be there first.
 */
export async function loadX509Library() {
  await import('./reflect-metadata.ts');
  return import('@peculiar/x509');
}

export type X509Library = Awaited<ReturnType<typeof loadX509Library>>;
