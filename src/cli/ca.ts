// `mutual ca`: the commands of the certificate authority, put together. Streams in, a command tree out; each command
// stands in a file of its own, and throws what goes wrong.
import { Command } from 'commander';
import type { CaIo } from './ca/ca-io.ts';
import { crlCommand } from './ca/crl.ts';
import { exportCommand } from './ca/export.ts';
import { initCommand } from './ca/init.ts';
import { intermediateCommand } from './ca/intermediate.ts';
import { issueCommand } from './ca/issue.ts';
import { listCommand } from './ca/list.ts';
import { renewCommand } from './ca/renew.ts';
import { revokeCommand } from './ca/revoke.ts';
import { signCommand } from './ca/sign.ts';
import { verifyCommand } from './ca/verify.ts';

export function caCommand(io: CaIo): Command {
  const command = new Command('ca')
    .description('A small certificate authority in a directory, which openssl can use too')
    .addHelpText(
      'after',
      `
Example:
  mutual ca init
  mutual ca issue service1.company-b.example --server
  mutual ca issue client-a --client --organization 'Company A'
  mutual ca revoke client-a --reason keyCompromise`,
    );
  for (const make of [
    initCommand,
    intermediateCommand,
    issueCommand,
    signCommand,
    verifyCommand,
    revokeCommand,
    crlCommand,
    listCommand,
    renewCommand,
    exportCommand,
  ]) {
    command.addCommand(make(io));
  }
  return command;
}
