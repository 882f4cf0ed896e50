// What the demonstration runs, and where.

import type { DemoCertificates } from './certificates.ts';
import type { Service1 } from './service1.ts';

export interface DemoPlan {
  readonly certificates: DemoCertificates;
  /** Where the configuration was written, for a person to read. */
  readonly configFile: string;
  readonly service1: Service1;
  readonly serverSidePort: number;
  readonly clientSidePort: number;
  /** Of the operator's page. */
  readonly adminPort: number;
}
