// Today's trust of one server block, to be asked about a certificate at any time: anchors, revocation lists, dates. The
// TLS library answers this once, in a full handshake; connections that resume or live on are asked about here. Pure.

import type { OcspConfig } from '../../config/schema.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { faultOfIssuer, findPath, isSelfSigned, mayBeUsedAs, purposeOids } from '../../x509/certification-path.ts';
import { type Crl, verifyCrlSignature } from '../../x509/crl.ts';
import { canonicalName } from '../../x509/name.ts';

/** Node's name of a verification error (`CERT_REVOKED`, …); undefined: none. */
export type VerifyFault = string | undefined;

export interface TrustFacts {
  readonly anchors: readonly Certificate[];
  readonly revocationLists: readonly Crl[];
  /** What a list past its nextUpdate is worth: nothing, and everybody is refused; or still what it says. */
  readonly onCrlExpired: 'refuse' | 'keep';
  /** Whether a certificate without a list of its issuer is refused even if there is no list at all. Default: false. */
  readonly requiresLists?: boolean;
  /** Whether the TLS library is asked nothing about revocation, for what it is not given. Default: with `keep` alone. */
  readonly judgesRevocation?: boolean;
  /** How responders are asked; absent: they are not. */
  readonly ocsp?: OcspConfig | undefined;
  /** The most CAs between the certificate and the anchor. Absent: no limit. */
  readonly depth?: number | undefined;
  /** Whether a certificate that names no purpose is refused. Default: false. */
  readonly requireClientAuthEku?: boolean;
}

export interface Trust {
  /** How responders are to be asked about clients, by others; undefined: not. */
  readonly ocsp: OcspConfig | undefined;
  /** Equal texts: the same answers at the same time. */
  readonly fingerprint: string;
  /**
   * Whether this certificate by itself is revoked, by the list of its issuer. Costs a look-up in a set.
   *
   * @param issuer where it is known: only lists that it has signed count
   * @param nowMs Unix time in milliseconds
   */
  revocationFault(certificate: Certificate, nowMs: number, issuer?: Certificate): VerifyFault;
  /**
   * What the TLS library has not looked at in the handshake: what the operator asks for beyond it; revocation, for a
   * session may be resumed from before; and everything where lapsed lists are kept, for the library would not.
   */
  firstFault(certificate: Certificate, untrusted: () => readonly Certificate[], nowMs: number): VerifyFault;
  /**
   * Everything: a path to an anchor, what its links may do, dates, revocation, and what the operator asks for.
   *
   * @param untrusted asked only where no anchor has signed the certificate: what the client sent with it
   */
  judge(certificate: Certificate, untrusted: () => readonly Certificate[], nowMs: number): VerifyFault;
  /** The CA that has signed it, on a path to an anchor; the certificate itself where that is an anchor that signs for itself. */
  issuerOf(certificate: Certificate, untrusted: () => readonly Certificate[]): Certificate | undefined;
  /**
   * The certificate and the CAs above it up to an anchor; alone where no way leads there. Of what a client sends only
   * these are what they say: anybody can make a certificate of somebody else's CA, its key and name included.
   */
  pathOf(certificate: Certificate, untrusted: () => readonly Certificate[]): readonly Certificate[];
}

export function createTrust(facts: TrustFacts): Trust {
  const { anchors, revocationLists, onCrlExpired, depth, requireClientAuthEku = false } = facts;
  const { requiresLists = false, judgesRevocation = false, ocsp } = facts;
  const lists = Map.groupBy(revocationLists, (list) => canonicalName(list.issuer));
  // A list of a CA that came with its client could not be verified when it was read.
  const signers = new Map<Crl, Map<string, boolean>>();
  // Signatures do not change: a path that was found holds for every later question about the same certificate.
  const paths = new Map<string, readonly Certificate[]>();

  function revocationFault(certificate: Certificate, nowMs: number, issuer?: Certificate): VerifyFault {
    if (revocationLists.length === 0) return requiresLists ? 'UNABLE_TO_GET_CRL' : undefined;
    const named = (lists.get(canonicalName(certificate.issuer)) ?? []).filter((list) => isOf(list, certificate));
    const own = newestOf(issuer === undefined ? named : named.filter((list) => isSignedBy(list, issuer)));
    const [list] = own;
    if (list === undefined) return named.length > 0 ? 'CRL_SIGNATURE_FAILURE' : 'UNABLE_TO_GET_CRL';
    // Two lists of the same time may differ: what either revokes is revoked.
    if (own.some((one) => one.revokedSerials().has(certificate.serialNumber))) return 'CERT_REVOKED';
    if (nowMs < list.thisUpdate.getTime()) return 'CRL_NOT_YET_VALID';
    const lapsed = list.nextUpdate !== undefined && nowMs > list.nextUpdate.getTime();
    return lapsed && onCrlExpired === 'refuse' ? 'CRL_HAS_EXPIRED' : undefined;
  }

  function isSignedBy(list: Crl, issuer: Certificate): boolean {
    const known = signers.get(list) ?? new Map<string, boolean>();
    signers.set(list, known);
    const is = known.get(issuer.spkiSha256) ?? verifyCrlSignature(list, issuer);
    if (known.size < mostSigners) known.set(issuer.spkiSha256, is);
    return is;
  }

  function pathOf(certificate: Certificate, untrusted: () => readonly Certificate[]): readonly Certificate[] {
    const known = paths.get(certificate.sha256);
    if (known !== undefined) return known;
    const direct = findPath(certificate, anchors, []);
    const path = isAnchored(direct) ? direct : findPath(certificate, anchors, untrusted());
    if (isAnchored(path)) {
      if (paths.size >= maxPaths) paths.clear();
      paths.set(certificate.sha256, path);
    }
    return path;
  }

  function isAnchored(path: readonly Certificate[]): boolean {
    // Alone only where it is its own issuer: a client may sign for itself and be pinned as an anchor, as OpenSSL has it.
    return endsAtAnchor(path) && (path.length > 1 || isSelfSigned(path[0] as Certificate));
  }

  function endsAtAnchor(path: readonly Certificate[]): boolean {
    const top = path.at(-1);
    return anchors.some(({ sha256 }) => sha256 === top?.sha256);
  }

  /** What Node.js has no option for: nginx's ssl_verify_depth, and a purpose that must be named. */
  function demandFault(certificate: Certificate, untrusted: () => readonly Certificate[]): VerifyFault {
    if (requireClientAuthEku && certificate.extendedKeyUsage?.includes(purposeOids.client) !== true) {
      return 'CLIENT_AUTH_MISSING';
    }
    if (depth === undefined) return undefined;
    const path = pathOf(certificate, untrusted);
    // The library has found a way, and we have not: then nobody can say how long it is.
    if (!endsAtAnchor(path)) return 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
    return path.length - 2 > depth ? 'CERT_CHAIN_TOO_LONG' : undefined;
  }

  function judge(certificate: Certificate, untrusted: () => readonly Certificate[], nowMs: number): VerifyFault {
    const path = pathOf(certificate, untrusted);
    if (!isAnchored(path)) return 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
    for (const [depth, link] of path.entries()) {
      if (depth > 0 && faultOfIssuer(link, depth) !== undefined) return 'INVALID_CA';
      if (nowMs < link.notBefore.getTime()) return 'CERT_NOT_YET_VALID';
      if (nowMs >= link.notAfter.getTime() + 1000) return 'CERT_HAS_EXPIRED';
      // Nobody revokes an anchor: it is trusted because the operator says so.
      const fault = depth === path.length - 1 ? undefined : revocationFault(link, nowMs, path[depth + 1]);
      if (fault !== undefined) return fault;
    }
    return mayBeUsedAs('client', path) ? demandFault(certificate, untrusted) : 'INVALID_PURPOSE';
  }

  function issuerOf(certificate: Certificate, untrusted: () => readonly Certificate[]): Certificate | undefined {
    const path = pathOf(certificate, untrusted);
    return isAnchored(path) ? (path[1] ?? certificate) : undefined;
  }

  return {
    ocsp,
    issuerOf,
    pathOf(certificate, untrusted) {
      const path = pathOf(certificate, untrusted);
      return isAnchored(path) ? path : [certificate];
    },
    fingerprint: [
      ...anchors.map(({ sha256 }) => sha256).sort(),
      ...revocationLists.map((list) => list.signature.toString('hex')).sort(),
      onCrlExpired,
      depth,
      requireClientAuthEku,
      requiresLists,
      judgesRevocation,
      JSON.stringify(ocsp),
    ].join(),
    revocationFault,
    judge,
    firstFault: (certificate, untrusted, nowMs) =>
      onCrlExpired === 'keep' || judgesRevocation
        ? judge(certificate, untrusted, nowMs)
        : (demandFault(certificate, untrusted) ?? revocationFault(certificate, nowMs)),
  };
}

/** Clients whose paths are remembered; beyond it they are found again. */
const maxPaths = 50_000;
/** CAs of one name. */
const mostSigners = 100;

/** A CA that got a new key keeps its name: its lists are told apart by the key (RFC 5280 section 5.2.1). */
function isOf(list: Crl, certificate: Certificate): boolean {
  const { authorityKeyId } = certificate;
  return authorityKeyId === undefined || list.authorityKeyId === undefined || list.authorityKeyId === authorityKeyId;
}

/** Those with the latest thisUpdate. */
function newestOf(lists: readonly Crl[]): readonly Crl[] {
  if (lists.length < 2) return lists;
  const newest = Math.max(...lists.map(({ thisUpdate }) => thisUpdate.getTime()));
  return lists.filter(({ thisUpdate }) => thisUpdate.getTime() === newest);
}
