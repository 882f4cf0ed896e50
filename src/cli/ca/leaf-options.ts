// The options of the commands that make a certificate: for whom, under which names, for how long. Declared once for
// `issue` and `sign`.
import { type Command, Option } from 'commander';
import type { Profile } from '../../ca/profiles.ts';
import { MutualError } from '../../errors.ts';
import { collect, parseDays } from './option-values.ts';

export interface LeafOptions {
  readonly client?: boolean;
  readonly server?: boolean;
  readonly san?: readonly string[];
  readonly subject?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly days?: number;
  readonly crlUrl?: readonly string[];
  readonly allowDuplicate?: boolean;
}

export function withLeafOptions(command: Command): Command {
  return command
    .addOption(new Option('--client', 'for a client: it proves who is calling').conflicts('server'))
    .addOption(new Option('--server', 'for a server: it proves who is called'))
    .option('--san <names>', 'names, separated by commas: DNS:, IP:, URI:, email:, or bare; may be repeated', collect)
    .option('--subject <dn>', 'subject as "OU=Sales,O=Company A" (RFC 4514) or "/O=Company A/OU=Sales"')
    .option('--organization <name>', 'the O of the subject')
    .option('--organizational-unit <name>', 'the OU of the subject')
    .option('--days <days>', 'how long it lives (default: 397)', parseDays)
    .option('--crl-url <url>', 'where verifiers may fetch the revocation list; may be repeated', collect)
    .option('--allow-duplicate', 'even if a valid certificate has the same subject or key');
}

export function profileOf(options: LeafOptions): Profile | undefined {
  if (options.server === true) return 'server';
  return options.client === true ? 'client' : undefined;
}

/** The subject in RFC 4514's form, however it was said. */
export function subjectTextOf(options: LeafOptions): string | undefined {
  const { subject, organization, organizationalUnit } = options;
  const parts = Object.entries({ OU: organizationalUnit, O: organization }).flatMap(([type, value]) => {
    return value === undefined ? [] : [`${type}=${escapeValue(value)}`];
  });
  if (subject !== undefined && parts.length > 0) {
    throw new MutualError(
      'usage',
      'say the subject with --subject, or with --organization and --organizational-unit, not both',
    );
  }
  return subject ?? (parts.length === 0 ? undefined : parts.join(','));
}

/** What `issue` and `sign` ask of the CA in the same words. */
export function leafRequestOf(options: LeafOptions) {
  const subject = subjectTextOf(options);
  return {
    ...(options.san === undefined ? {} : { altNames: options.san }),
    ...(subject === undefined ? {} : { subject }),
    ...(options.days === undefined ? {} : { days: options.days }),
    ...(options.crlUrl === undefined ? {} : { crlUrls: options.crlUrl }),
    allowDuplicate: options.allowDuplicate === true,
  };
}

/** RFC 4514 section 2.4. */
function escapeValue(value: string): string {
  return value.replaceAll(/[\\,+"<>;#=]/g, '\\$&');
}
