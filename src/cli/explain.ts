// mutual explain: would this certificate be admitted on a host and path, by which rule, and if not, why?

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { distributionPointsOf } from '../credentials/distribution-points.ts';
import { MutualError, whyUnreadable } from '../errors.ts';
import { askStanding } from '../explain/ask-standing.ts';
import { clientNotes } from '../explain/client-notes.ts';
import { explainAdmission } from '../explain/explain-admission.ts';
import { answerJson, printAnswer } from '../explain/print-answer.ts';
import { readClientFile } from '../explain/read-client-file.ts';
import { rehearseGeneration } from '../gateway/rehearse.ts';
import { configOption } from './config-option.ts';
import type { CommandIo } from './io.ts';

interface ExplainOptions {
  readonly config: string;
  readonly host?: string;
  readonly path: string;
  readonly json?: true;
  readonly askOcsp?: true;
}

export function explainCommand(io: CommandIo): Command {
  return new Command('explain')
    .description('Say whether a client with this certificate would be admitted, by which rule, and if not, why.')
    .argument('<certificate>', 'file with the certificate of the client and those it sends with it, PEM or DER')
    .addOption(configOption())
    .option(
      '--host <host>',
      'the host it asks for, with a port if that matters (default: the first name of the first server with TLS)',
    )
    .option('--path <path>', 'the path it asks for', '/')
    .option('--ask-ocsp', 'ask the OCSP responder that the gateway would ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Nothing is connected to (but with --ask-ocsp), and no key is needed: the configuration and the files that it names are read, and what a running
gateway would be asked is asked. Name constraints and policies of certificates are not looked at.

Examples:
  mutual explain client-a.crt -c mutual.yaml
  mutual explain client-a.crt --host service1.company-b.example --path /orders

Exit codes: 0 admitted, 1 refused, 2 the question cannot be answered.`,
    )
    .action((file: string, options: ExplainOptions) => explain(file, options, io));
}

async function explain(file: string, options: ExplainOptions, io: CommandIo): Promise<void> {
  const content = readCertificateFile(file);
  const chain = readClientFile(content, file);
  const now = new Date();
  const learned = (): string[] => distributionPointsOf(chain);
  const generation = rehearseGeneration(loadConfig(options.config), () => now.getTime(), learned);
  const { host, path } = options;
  const question = { generation, chain, host, path, now };
  const standing = options.askOcsp === true ? await askStanding(question) : undefined;
  const answer = explainAdmission({ ...question, standing });
  const facts = { certificate: chain[0], answer, notes: clientNotes(content, chain, now) };
  io.stdout.write(options.json === true ? `${JSON.stringify(answerJson(facts), null, 2)}\n` : printAnswer(facts));
  if (!answer.admitted) throw new MutualError('not-admitted', answer.text);
}

function readCertificateFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new MutualError('file-unreadable', `the certificate ${file} ${whyUnreadable(error)}`, { cause: error });
  }
}
