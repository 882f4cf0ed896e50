// One X.509 certificate as the rest of the program sees it: DER in, a value out that is cheap to make (once
// for every TLS connection), computes what is expensive on first use, and throws nothing but MutualError.

import { hash, X509Certificate } from 'node:crypto';
import { MutualError, messageOf } from '../errors.ts';
import type { AltNames } from './alt-names.ts';
import { type Name, printLegacy, printRfc2253 } from './name.ts';
import { type PemBlock, parsePem, printPem } from './pem.ts';
import { type PublicKeyKind, publicKeyKind } from './public-key.ts';
import { signatureAlgorithmName } from './signature-algorithm.ts';
import { parseTbsCertificate, type TbsCertificate } from './tbs-certificate.ts';
import { certificateOfTrusted } from './trusted-certificate.ts';

export interface Certificate {
  readonly der: Buffer;
  readonly subject: Name;
  readonly issuer: Name;
  /** nginx's `$ssl_client_s_dn`. Empty for an empty subject. */
  readonly subjectDn: string;
  /** nginx's `$ssl_client_i_dn`. */
  readonly issuerDn: string;
  /** nginx's `$ssl_client_s_dn_legacy`. */
  readonly subjectDnLegacy: string;
  /** nginx's `$ssl_client_i_dn_legacy`. */
  readonly issuerDnLegacy: string;
  /** nginx's `$ssl_client_serial`: upper-case hex of an even number of digits, without a leading `00`. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly altNames: AltNames;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Names of RFC 5280 (`digitalSignature`, `keyCertSign`, `cRLSign`, …); empty if the extension is absent. */
  readonly keyUsage: readonly string[];
  /** Dotted OIDs; undefined if the extension is absent, which means any purpose. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Lower-case hex. */
  readonly subjectKeyId: string | undefined;
  /** Lower-case hex. */
  readonly authorityKeyId: string | undefined;
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
  readonly spkiSha256: string;
  /** SHA-1 of the DER, lower-case hex: nginx's `$ssl_client_fingerprint`. */
  readonly sha1: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly sha256: string;
  /** Node's `asymmetricKeyType`: `rsa`, `ec`, `ed25519`, …; `unknown` if this OpenSSL cannot read the key. */
  readonly publicKeyType: string;
  readonly publicKeyBits: number | undefined;
  /** OpenSSL's name (`ecdsa-with-SHA256`), or the dotted OID. */
  readonly signatureAlgorithm: string;
  readonly x509: X509Certificate;
  /** PEM with lines of 64 characters and a newline at the end. */
  pem(): string;
}

const pemLabels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);

/** @throws MutualError `certificate-invalid` */
export function parseCertificate(certificate: Buffer | X509Certificate): Certificate {
  if (certificate instanceof X509Certificate) return new ParsedCertificate(certificate.raw, certificate);
  // Our strict reader goes first: OpenSSL takes a certificate with anything behind it.
  const tbs = parseTbsCertificate(certificate);
  return new ParsedCertificate(certificate, readWithOpenssl(certificate), tbs);
}

/**
 * Of a peer, from the TLS library, which has read it already: it is not asked again before somebody needs its view.
 *
 * @throws MutualError `certificate-invalid`
 */
export function parsePeerCertificate(der: Buffer): Certificate {
  return new ParsedCertificate(der, undefined);
}

/**
 * Every certificate of a PEM text in order; an empty list if it holds none. Other blocks are ignored.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` or `certificate-invalid`, with `source:line`
 */
export function parseCertificates(pem: string | Buffer, source: string): Certificate[] {
  const blocks = parsePem(pem, source).filter(({ label }) => pemLabels.has(label));
  return blocks.map((block, index) => parseBlock(block, `${source}:${block.line}: certificate ${index + 1}`));
}

function parseBlock({ label, der }: PemBlock, place: string): Certificate {
  try {
    return parseCertificate(label === 'TRUSTED CERTIFICATE' ? certificateOfTrusted(der) : der);
  } catch (error) {
    throw new MutualError('certificate-invalid', `${place} is not usable: ${messageOf(error)}`, { cause: error });
  }
}

function readWithOpenssl(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (error) {
    // Node tries PEM last, and reports what PEM lacked.
    throw new MutualError('certificate-invalid', 'OpenSSL cannot read this certificate', { cause: error });
  }
}

/** Getters compute on first use and keep the value. */
class ParsedCertificate implements Certificate {
  readonly der: Buffer;
  readonly #tbs: TbsCertificate;
  #subjectDn: string | undefined;
  #issuerDn: string | undefined;
  #spkiSha256: string | undefined;
  #sha1: string | undefined;
  #sha256: string | undefined;
  #publicKey: PublicKeyKind | undefined;
  #x509: X509Certificate | undefined;

  constructor(der: Buffer, x509: X509Certificate | undefined, tbs: TbsCertificate = parseTbsCertificate(der)) {
    this.der = der;
    this.#x509 = x509;
    this.#tbs = tbs;
  }

  get x509(): X509Certificate {
    this.#x509 ??= readWithOpenssl(this.der);
    return this.#x509;
  }

  get subject(): Name {
    return this.#tbs.subject;
  }
  get issuer(): Name {
    return this.#tbs.issuer;
  }
  get serialNumber(): string {
    return this.#tbs.serialNumber;
  }
  get notBefore(): Date {
    return this.#tbs.notBefore;
  }
  get notAfter(): Date {
    return this.#tbs.notAfter;
  }
  get altNames(): AltNames {
    return this.#tbs.extensions.altNames;
  }
  get isCa(): boolean {
    return this.#tbs.extensions.isCa;
  }
  get pathLength(): number | undefined {
    return this.#tbs.extensions.pathLength;
  }
  get keyUsage(): readonly string[] {
    return this.#tbs.extensions.keyUsage;
  }
  get extendedKeyUsage(): readonly string[] | undefined {
    return this.#tbs.extensions.extendedKeyUsage;
  }
  get subjectKeyId(): string | undefined {
    return this.#tbs.extensions.subjectKeyId;
  }
  get authorityKeyId(): string | undefined {
    return this.#tbs.extensions.authorityKeyId;
  }
  get crlUrls(): readonly string[] {
    return this.#tbs.extensions.crlUrls;
  }
  get ocspUrls(): readonly string[] {
    return this.#tbs.extensions.ocspUrls;
  }
  get signatureAlgorithm(): string {
    return signatureAlgorithmName(this.#tbs.signatureAlgorithmOid);
  }
  get subjectDnLegacy(): string {
    return printLegacy(this.subject);
  }
  get issuerDnLegacy(): string {
    return printLegacy(this.issuer);
  }

  get subjectDn(): string {
    this.#subjectDn ??= printRfc2253(this.subject);
    return this.#subjectDn;
  }
  get issuerDn(): string {
    this.#issuerDn ??= printRfc2253(this.issuer);
    return this.#issuerDn;
  }
  get spkiSha256(): string {
    this.#spkiSha256 ??= hash('sha256', this.#tbs.spki, 'hex');
    return this.#spkiSha256;
  }
  get sha1(): string {
    this.#sha1 ??= hash('sha1', this.der, 'hex');
    return this.#sha1;
  }
  get sha256(): string {
    this.#sha256 ??= hash('sha256', this.der, 'hex');
    return this.#sha256;
  }
  get publicKeyType(): string {
    this.#publicKey ??= publicKeyKind(this.x509);
    return this.#publicKey.type;
  }
  get publicKeyBits(): number | undefined {
    this.#publicKey ??= publicKeyKind(this.x509);
    return this.#publicKey.bits;
  }

  pem(): string {
    return printPem('CERTIFICATE', this.der);
  }
}
