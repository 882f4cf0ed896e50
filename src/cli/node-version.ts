// The Node.js that this runs on: old ones resume TLS sessions of clients without a certificate as verified ones.

import { MutualError } from '../errors.ts';

/**
 * @param have `process.versions.node`
 * @param engines `engines.node` of package.json: `>=24.21.0`
 * @throws MutualError `node-too-old`
 */
export function requireNode(have: string, engines: string): void {
  const needed = engines.replace(/^>=/, '');
  const [major = 0, minor = 0, patch = 0] = have.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0, neededPatch = 0] = needed.split('.').map(Number);
  const difference = major - neededMajor || minor - neededMinor || patch - neededPatch;
  if (difference < 0) {
    throw new MutualError(
      'node-too-old',
      `Node.js ${needed} or newer is needed and this is ${have}: older ones resume TLS sessions of clients without a certificate as if they had been verified`,
    );
  }
}
