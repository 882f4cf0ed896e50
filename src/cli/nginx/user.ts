// Gives up the rights of root, as `user` asks, when everything that needs them is open. nginx keeps a master process
// that has them still; here there is none, and files that only root can read are not read again by a reload.

import type { NginxProcess } from '../../nginx/nginx-process.ts';

export function changeUser({ user, group }: NginxProcess, onFault: (text: string) => void): void {
  if (user === undefined || process.getuid?.() !== 0 || user === 'root') return;
  try {
    // Not among the types of Node.js.
    (process as { initgroups?: (user: string, group: string) => void }).initgroups?.(user, group ?? user);
    process.setgid?.(group ?? user);
    process.setuid?.(user);
  } catch (error) {
    onFault(`setuid(${user}) failed: ${(error as Error).message}`);
  }
}
