// An answer as a person reads it: who asks for what, every step, the answer in one sentence, and how to mend it.

import type { Certificate } from '../x509/certificate.ts';
import type { AdmissionAnswer } from './explain-admission.ts';
import type { Step } from './step.ts';

const marks = { ok: 'ok', failed: 'FAILED', skipped: '-' } as const;

export interface PrintedFacts {
  readonly certificate: Certificate;
  readonly answer: AdmissionAnswer;
  readonly notes: readonly string[];
}

export function printAnswer({ certificate, answer, notes }: PrintedFacts): string {
  const { subjectDn, serialNumber, issuerDn, sha256 } = certificate;
  return [
    subjectDn === '' ? '(a certificate with an empty subject)' : subjectDn,
    `  issued by ${issuerDn}`,
    `  serial ${serialNumber}, SHA-256 ${sha256}`,
    `asks for ${answer.url} on ${answer.listener}`,
    '',
    ...answer.steps.flatMap(printStep),
    '',
    capitalized(answer.text),
    ...(answer.advice === undefined ? [] : [`To mend it: ${answer.advice}`]),
    ...notes.map((note) => `Note: ${note}`),
    '',
  ].join('\n');
}

function printStep({ name, outcome, text, details = [] }: Step): string[] {
  const margin = ' '.repeat(22);
  return [`  ${name.padEnd(12)}${marks[outcome].padEnd(8)}${text}`, ...details.map((detail) => `${margin}${detail}`)];
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** The same as values, for programs. */
export function answerJson({ certificate, answer, notes }: PrintedFacts): object {
  const { subjectDn, issuerDn, serialNumber, sha256, notBefore, notAfter } = certificate;
  const { admitted, url, listener, server, route, rule, identified, refusal, steps, text, advice } = answer;
  return {
    admitted,
    text,
    advice: advice ?? null,
    refusal: refusal === undefined ? null : { code: refusal.code, status: refusal.status ?? null },
    url,
    listener,
    server,
    route: route ?? null,
    rule: rule ?? null,
    identified,
    certificate: {
      subject: subjectDn,
      issuer: issuerDn,
      serial: serialNumber,
      sha256,
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    },
    steps,
    notes,
  };
}
