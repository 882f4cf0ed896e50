// The openssl commands that do what a command of this CA does, as a shell script for `--print-openssl`: what was asked
// comes in, text goes out. Nothing is run, and no passphrase or password is ever part of the text.
import { resolve } from 'node:path';
import type { AltName } from './alt-name.ts';
import type { KeySpec } from './key-spec.ts';
import { printOpensslConfig } from './openssl-config.ts';
import { pkcs12Algorithms } from './pkcs12.ts';
import { type Profile, profileKeyUsage } from './profiles.ts';
import type { RevocationReason } from './revocation-reason.ts';
import { quoteShell } from './shell-quote.ts';
import { type EntryPaths, entryPathsOf, pathsOf, type StorePaths } from './store-paths.ts';
import { printSlashSubject, type Subject } from './subject.ts';

/** The CA that the commands work on. */
export interface OpensslContext {
  readonly directory: string;
  /** The file with the passphrase of the CA's key, where it has one. */
  readonly passphraseFile?: string | undefined;
}

/** What a leaf certificate is made of, beside its request. */
export interface LeafExtensions {
  readonly profile: Profile;
  readonly isRsa: boolean;
  readonly altNames: readonly AltName[];
  readonly days: number;
}

export function initScript(context: OpensslContext, root: { subject: Subject; days: number; key: KeySpec }): string {
  const paths = pathsOf(context.directory);
  const encrypt = context.passphraseFile === undefined ? '' : ` -aes-256-cbc -pass ${passFile(context)}`;
  return script([
    'umask 077',
    `mkdir -p ${words([paths.privateDirectory, paths.newCertificates, paths.archive])}`,
    `touch ${words([paths.index])}`,
    `echo 'unique_subject = no' > ${words([paths.indexAttributes])}`,
    `openssl rand -hex 16 > ${words([paths.serial])}`,
    `echo 01 > ${words([paths.crlNumber])}`,
    hereDocument(paths.opensslConfig, printOpensslConfig(resolve(context.directory))),
    `openssl genpkey ${keyWords(root.key)}${encrypt} -out ${words([paths.key])}`,
    `openssl req -x509 -new -utf8 -config ${words([paths.opensslConfig])} -extensions root -key ${words([paths.key])}` +
      `${passIn(context)} ${hashWords(root.key)}-subj ${words([printSlashSubject(root.subject)])} -days ${root.days} -out ${words([paths.certificate])}`,
    crlCommand(context, paths, undefined),
    `openssl x509 -in ${words([paths.certificate])} -noout -fingerprint -sha256`,
  ]);
}

export function issueScript(
  context: OpensslContext,
  leaf: LeafExtensions & { name: string; subject: Subject; key: KeySpec },
): string {
  const files = entryPathsOf(context.directory, leaf.name);
  return script([
    'umask 077',
    ...keyCommands(context, files, leaf),
    ...signCommands(context, { ...leaf, request: requestPath(files), certificate: files.certificate }),
    `cat ${words([files.certificate, files.key])} > ${words([files.bundle])}`,
  ]);
}

export function signScript(context: OpensslContext, leaf: LeafExtensions & { name: string; csr: string }): string {
  const { certificate } = entryPathsOf(context.directory, leaf.name);
  return script([
    `openssl req -in ${words([leaf.csr])} -noout -verify -subject`,
    ...signCommands(context, { ...leaf, request: leaf.csr, certificate }),
  ]);
}

export function renewScript(
  context: OpensslContext,
  leaf: LeafExtensions & { name: string; serial: string; subject: Subject; key: KeySpec | undefined },
): string {
  const { archive } = pathsOf(context.directory);
  const files = entryPathsOf(context.directory, leaf.name);
  const { key } = leaf;
  const kept = [files.certificate, files.bundle, ...(key === undefined ? [] : [files.key])];
  const move = (path: string) =>
    `mv ${words([path, `${archive}/${leaf.name}-${leaf.serial}${path.slice(path.lastIndexOf('.'))}`])}`;
  const subject = words([printSlashSubject(leaf.subject)]);
  const request = requestPath(files);
  const sameKey = `openssl req -new -utf8 -config ${words([pathsOf(context.directory).opensslConfig])} -key ${words([files.key])} -subj ${subject} -out ${words([request])}`;
  return script([
    'umask 077',
    ...kept.map(move),
    ...(key === undefined ? [sameKey] : keyCommands(context, files, { ...leaf, key })),
    ...signCommands(context, { ...leaf, request, certificate: files.certificate }),
    `cat ${words([files.certificate, files.key])} > ${words([files.bundle])}`,
  ]);
}

export function revokeScript(
  context: OpensslContext,
  revoked: { serial: string; reason?: RevocationReason | undefined },
): string {
  const paths = pathsOf(context.directory);
  const reason = revoked.reason === undefined ? '' : ` -crl_reason ${revoked.reason}`;
  const certificate = `${paths.newCertificates}/${revoked.serial}.pem`;
  return script([
    `openssl ca -config ${words([paths.opensslConfig])}${passIn(context)} -revoke ${words([certificate])}${reason}`,
    crlCommand(context, paths, undefined),
  ]);
}

export function crlScript(context: OpensslContext, days: number): string {
  return script([crlCommand(context, pathsOf(context.directory), days)]);
}

export function listScript(context: OpensslContext): string {
  const { index, crl } = pathsOf(context.directory);
  return script([`cat ${words([index])}`, `openssl crl -in ${words([crl])} -noout -crlnumber -lastupdate -nextupdate`]);
}

export function verifyScript(
  files: { certificate: string; ca: string; crl?: string | undefined },
  purpose: Profile | undefined,
): string {
  const crl = files.crl === undefined ? '' : ` -crl_check -CRLfile ${words([files.crl])}`;
  const use = purpose === undefined ? '' : ` -purpose ssl${purpose}`;
  const certificate = words([files.certificate]);
  return script([`openssl verify -CAfile ${words([files.ca])} -untrusted ${certificate}${crl}${use} ${certificate}`]);
}

export function exportScript(
  context: OpensslContext,
  export_: { name: string; out: string; legacy: boolean; passwordFile: string | undefined },
): string {
  const files = entryPathsOf(context.directory, export_.name);
  const algorithms = pkcs12Algorithms[export_.legacy ? 'legacy' : 'modern'].join(' ');
  // Without a file openssl asks for the password.
  const password = export_.passwordFile === undefined ? '' : ` -passout ${words([`file:${export_.passwordFile}`])}`;
  const input = `-in ${words([files.bundle])} -certfile ${words([pathsOf(context.directory).certificate])}`;
  return script([
    'umask 077',
    `openssl pkcs12 -export ${input} -name ${words([export_.name])} ${algorithms}${password} -out ${words([export_.out])}`,
  ]);
}

function keyCommands(context: OpensslContext, files: EntryPaths, leaf: { subject: Subject; key: KeySpec }): string[] {
  const config = words([pathsOf(context.directory).opensslConfig]);
  const subject = words([printSlashSubject(leaf.subject)]);
  return [
    `openssl genpkey ${keyWords(leaf.key)} -out ${words([files.key])}`,
    `openssl req -new -utf8 -config ${config} -key ${words([files.key])} -subj ${subject} -out ${words([requestPath(files)])}`,
  ];
}

function signCommands(
  context: OpensslContext,
  leaf: LeafExtensions & { request: string; certificate: string },
): string[] {
  const { opensslConfig } = pathsOf(context.directory);
  const extensions = leaf.certificate.replace(/crt$/, 'ext');
  return [
    hereDocument(extensions, extensionSection(leaf)),
    `openssl ca -batch -notext -config ${words([opensslConfig])}${passIn(context)} -days ${leaf.days}` +
      ` -extfile ${words([extensions])} -extensions leaf -in ${words([leaf.request])} -out ${words([leaf.certificate])}`,
  ];
}

function extensionSection(leaf: LeafExtensions): string {
  const names = leaf.altNames.map(
    ({ type, value }, at) => `${type}.${at + 1} = ${value.replaceAll(/[\\$#]/g, '\\$&')}`,
  );
  return [
    '[leaf]',
    'basicConstraints = critical, CA:FALSE',
    `keyUsage = critical, ${profileKeyUsage(leaf.profile, leaf.isRsa).join(', ')}`,
    `extendedKeyUsage = ${leaf.profile}Auth`,
    'subjectKeyIdentifier = hash',
    'authorityKeyIdentifier = keyid',
    ...(names.length === 0 ? [] : ['subjectAltName = @names', '[names]', ...names]),
    '',
  ].join('\n');
}

function crlCommand(context: OpensslContext, paths: StorePaths, days: number | undefined): string {
  const life = days === undefined ? '' : ` -crldays ${days}`;
  return `openssl ca -config ${words([paths.opensslConfig])}${passIn(context)} -gencrl${life} -out ${words([paths.crl])}`;
}

function keyWords(key: KeySpec): string {
  if (key.type === 'ec') return `-algorithm EC -pkeyopt ec_paramgen_curve:${key.curve}`;
  return key.type === 'rsa' ? `-algorithm RSA -pkeyopt rsa_keygen_bits:${key.bits}` : '-algorithm ED25519';
}

function hashWords(key: KeySpec): string {
  if (key.type !== 'ec' || key.curve === 'P-256') return '';
  return key.curve === 'P-384' ? '-sha384 ' : '-sha512 ';
}

const requestPath = (files: EntryPaths): string => files.certificate.replace(/crt$/, 'csr');
const words = (parts: readonly string[]): string => parts.map(quoteShell).join(' ');
const passFile = ({ passphraseFile = '' }: OpensslContext): string => words([`file:${passphraseFile}`]);
const passIn = (context: OpensslContext): string =>
  context.passphraseFile === undefined ? '' : ` -passin ${passFile(context)}`;
const hereDocument = (path: string, text: string): string => `cat > ${words([path])} <<'END'\n${text}END`;
const script = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
