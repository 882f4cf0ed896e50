// What a server trusts of clients, as one short text: equal texts, equal trust. A session of one trust says nothing where
// there is another, be it that of another server or what a reload has brought.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HttpServerSettings } from '../../../config/http-schema.ts';

/** @param configured makes names of files absolute; what cannot be read is for others to find */
export function trustIdentity(settings: HttpServerSettings, configured: (file: string) => string): string {
  const { sslVerifyClient = 'off', sslVerifyDepth = 1 } = settings;
  const digest = createHash('sha256').update(`${sslVerifyClient === 'off'} ${sslVerifyDepth}`);
  if (sslVerifyClient === 'off') return digest.digest('hex');
  for (const file of [settings.sslClientCertificate, settings.sslTrustedCertificate, settings.sslCrl]) {
    digest.update('\0').update(file === undefined ? '' : contentOf(configured(file)));
  }
  return digest.digest('hex');
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
