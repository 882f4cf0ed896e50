// Is every key and signature of a path strong enough for the TLS library? OpenSSL's security level 2 (112 bits), which is
// the default of Node.js 24: ssl_security_cert_chain and check_sig_level (crypto/x509/x509_vfy.c).

import type { Certificate } from '../x509/certificate.ts';
import type { Step } from './step.ts';

const leastBits: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, dsa: 2048, dh: 2048, ec: 224 };

/** @param path from the certificate upward; the signature of its last one is asked of nobody */
export function checkStrength(path: readonly Certificate[]): Step {
  for (const [depth, certificate] of path.entries()) {
    const fault = faultOf(certificate, depth > 0 && depth === path.length - 1);
    if (fault === undefined) continue;
    const whose = depth === 0 ? 'it' : `the CA certificate "${certificate.subjectDn}"`;
    return { name: 'strength', outcome: 'failed', text: `${whose} ${fault.text}`, advice: fault.advice };
  }
  const { publicKeyType, publicKeyBits, signatureAlgorithm } = path[0] as Certificate;
  const key = publicKeyBits === undefined ? publicKeyType : `${publicKeyType} ${publicKeyBits}`;
  return { name: 'strength', outcome: 'ok', text: `key ${key}, signature ${signatureAlgorithm}` };
}

function faultOf(
  { publicKeyType, publicKeyBits, signatureAlgorithm }: Certificate,
  isTop: boolean,
): { readonly text: string; readonly advice: string } | undefined {
  const least = leastBits[publicKeyType];
  if (publicKeyBits !== undefined && least !== undefined && publicKeyBits < least) {
    return {
      text: `has a key that is too weak: ${publicKeyType} of ${publicKeyBits} bits`,
      advice: 'issue it anew with a stronger key: EC on P-256, or RSA of 2048 bits',
    };
  }
  if (!isTop && /sha-?1\b|sha1With|md[245]/i.test(signatureAlgorithm)) {
    return {
      text: `is signed with ${signatureAlgorithm}, which can be forged`,
      advice: 'issue it anew with SHA-256 (openssl: -sha256)',
    };
  }
  return undefined;
}
