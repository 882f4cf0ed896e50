// openssl's `index.txt`: the text of the file in, its entries out, and back. A line that `openssl ca` wrote comes out
// as it went in, so that both programs can keep the same directory.
import { MutualError } from '../errors.ts';
import { findReason, type RevocationReason } from './revocation-reason.ts';

/** One certificate that the CA has signed: a line of six fields, separated by tabs. */
export interface IndexEntry {
  /** `V` valid, `R` revoked, `E` noted as expired by `openssl ca -updatedb`. */
  readonly status: 'V' | 'R' | 'E';
  readonly notAfter: Date;
  readonly revocation: IndexRevocation | undefined;
  /** Upper-case hex with an even number of digits. */
  readonly serial: string;
  /** Always `unknown`: openssl reserves this field for a file name and has never used it. */
  readonly file: string;
  /** X509_NAME_oneline. Not for comparing: it is ambiguous. */
  readonly subject: string;
}

export interface IndexRevocation {
  readonly at: Date;
  readonly reason: RevocationReason | undefined;
  /** The field as it stands in the file, which may say more (an instruction, a time of compromise). */
  readonly text: string;
}

/**
 * Reads an index.
 *
 * @param source name of the file, for errors.
 * @throws MutualError `store-invalid` with `source:line`.
 */
export function parseIndex(text: string, source: string): IndexEntry[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const entries: IndexEntry[] = [];
  for (const [at, line] of lines.entries()) {
    // openssl lets comments stand in a text database, and drops them when it writes the file again.
    if (line.trim() !== '' && !line.startsWith('#')) entries.push(parseLine(line, `${source}:${at + 1}`));
  }
  return entries;
}

/** The text of an index. */
export function printIndex(entries: readonly IndexEntry[]): string {
  return entries
    .map(({ status, notAfter, revocation, serial, file, subject }) => {
      const fields = [status, printTime(notAfter), revocation?.text ?? '', serial, file, subject];
      return `${fields.map((field) => field.replaceAll('\t', '\\\t')).join('\t')}\n`;
    })
    .join('');
}

/** An entry, revoked at a time. */
export function revokeEntry(entry: IndexEntry, at: Date, reason: RevocationReason | undefined): IndexEntry {
  const text = reason === undefined ? printTime(at) : `${printTime(at)},${reason}`;
  return { ...entry, status: 'R', revocation: { at, reason, text } };
}

function parseLine(line: string, where: string): IndexEntry {
  const fields = line.split(/(?<!\\)\t/).map((field) => field.replaceAll('\\\t', '\t'));
  const [status, notAfter = '', revocation = '', serial = '', file = '', subject = ''] = fields;
  const fail = (why: string): never => {
    throw new MutualError('store-invalid', `${where}: ${why}`);
  };
  if (fields.length !== 6) return fail(`expected 6 fields separated by tabs, found ${fields.length}`);
  if (status !== 'V' && status !== 'R' && status !== 'E') return fail(`unknown status "${status}"`);
  if (!/^([0-9A-F]{2})+$/i.test(serial)) return fail(`"${serial}" is not a serial number`);
  const until = parseTime(notAfter) ?? fail(`"${notAfter}" is not a time`);
  const revoked =
    status === 'R' ? (parseRevocation(revocation) ?? fail(`"${revocation}" is no revocation`)) : undefined;
  return { status, notAfter: until, revocation: revoked, serial: serial.toUpperCase(), file, subject };
}

function parseRevocation(text: string): IndexRevocation | undefined {
  const [time = '', word] = text.split(',');
  const at = parseTime(time);
  const reason = word === undefined ? undefined : findReason(word);
  return at === undefined || (word !== undefined && reason === undefined) ? undefined : { at, reason, text };
}

/** ASN.1 time: UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
export function printTime(time: Date): string {
  const digits = time.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '');
  return `${time.getUTCFullYear() < 2050 ? digits.slice(2) : digits}Z`;
}

function parseTime(text: string): Date | undefined {
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null) return undefined;
  const [year = '', ...rest] = match.slice(1);
  const century = year.length === 4 ? '' : Number(year) < 50 ? '20' : '19';
  const [month, day, hour, minute, second] = rest;
  const time = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
