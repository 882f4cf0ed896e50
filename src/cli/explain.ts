// mutual explain: would this certificate be admitted on a host and path, by which rule, and if not, why?

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { loadCredentials } from '../credentials/load-credentials.ts';
import { MutualError, whyUnreadable } from '../errors.ts';
import { type AdmissionAnswer, explainAdmission } from '../explain/explain-admission.ts';
import { type Certificate, parseCertificate, parseCertificates } from '../x509/certificate.ts';
import { configOption } from './config-option.ts';
import type { CommandIo } from './io.ts';

export function explainCommand(io: CommandIo): Command {
  return new Command('explain')
    .description('Say whether a client with this certificate would be admitted, by which rule, and if not, why.')
    .argument('<certificate>', 'file with the certificate of the client, PEM or DER')
    .addOption(configOption())
    .option('--host <host>', 'the host it asks for (default: the first name of the first server with TLS)')
    .option('--path <path>', 'the path it asks for', '/')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  mutual explain client-a.crt -c mutual.yaml --host service1.company-b.example --path /orders

Exit codes: 0 admitted, 1 refused, 2 the question cannot be answered.`,
    )
    .action((file: string, options: { config: string; host?: string; path: string; json?: true }) => {
      const now = new Date();
      const config = loadConfig(options.config);
      const answer = explainAdmission({
        config,
        credentials: loadCredentials(config, now.getTime()),
        chain: readChain(file),
        host: options.host,
        path: options.path,
        now,
      });
      io.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : printAnswer(answer));
      if (!answer.admitted) throw new MutualError('not-admitted', answer.text);
    });
}

function readChain(file: string): [Certificate, ...Certificate[]] {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw new MutualError('file-unreadable', `the certificate ${file} ${whyUnreadable(error)}`, { cause: error });
  }
  if (content[0] === 0x30) return [parseCertificate(content)];
  const [leaf, ...rest] = parseCertificates(content, file);
  if (leaf === undefined) throw new MutualError('certificate-invalid', `${file} holds no certificate`);
  return [leaf, ...rest];
}

function printAnswer(answer: AdmissionAnswer): string {
  const marks = { ok: 'yes', failed: 'NO', skipped: '-' } as const;
  const lines = [
    `server  ${answer.server}`,
    `route   ${answer.route ?? '-'}`,
    ...answer.checks.map(({ name, outcome, text }) => `${name.padEnd(12)}${marks[outcome].padEnd(5)}${text}`),
    answer.text,
  ];
  if (answer.advice !== undefined) lines.push(`to mend it: ${answer.advice}`);
  return `${lines.join('\n')}\n`;
}
