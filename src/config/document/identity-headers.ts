// `identityHeaders`: the conventions by which upstreams are told who the client is, and what each lets one choose.

import { z } from 'zod';
import { type IdentityConvention, type IdentityHeadersConfig, identityConventions } from '../schema.ts';
import { oneOrMore } from './scalars.ts';

const convention = z.enum(identityConventions);

const envoy = z
  .strictObject({
    mode: z
      .enum(['SANITIZE_SET', 'APPEND_FORWARD', 'FORWARD_ONLY', 'ALWAYS_FORWARD_ONLY', 'SANITIZE'])
      .default('SANITIZE_SET')
      .describe(
        "Envoy's `forward_client_cert_details`. `SANITIZE_SET` sends this client alone; `APPEND_FORWARD` adds it to the " +
          'header of a client that is itself a proxy, with a verified certificate; `FORWARD_ONLY` sends the header of such ' +
          'a client as it is; `ALWAYS_FORWARD_ONLY` that of `trustedProxies`, too; `SANITIZE` sends none.',
      ),
    details: z
      .array(z.enum(['subject', 'uri', 'dns', 'issuer', 'cert', 'chain']))
      .default(['subject', 'uri', 'dns'])
      .describe("What is told beside By and Hash: Envoy's `set_current_client_cert_details`."),
  })
  .meta({
    id: 'EnvoyHeaders',
    description: 'X-Forwarded-Client-Cert.',
    examples: [{ mode: 'APPEND_FORWARD', details: ['subject', 'uri', 'dns', 'cert'] }],
  });

const chain = z.boolean().default(false);

const rfc9440 = z
  .strictObject({ chain: chain.describe('Whether to send Client-Cert-Chain as well.') })
  .meta({ id: 'Rfc9440Headers', description: 'Client-Cert and Client-Cert-Chain.', examples: [{ chain: true }] });

const awsAlb = z
  .strictObject({
    mode: z
      .enum(['verify', 'passthrough'])
      .default('verify')
      .describe('`verify`: the five headers of a verified certificate. `passthrough`: the whole chain in one.'),
  })
  .meta({ id: 'AwsAlbHeaders', description: 'X-Amzn-Mtls-Clientcert-*.', examples: [{ mode: 'passthrough' }] });

const traefik = z
  .strictObject({
    certificate: z.boolean().default(true).describe('Whether to send X-Forwarded-Tls-Client-Cert.'),
    chain: chain.describe('Whether it holds, after the certificate of the client, those that came with it.'),
    info: z.boolean().default(true).describe('Whether to send X-Forwarded-Tls-Client-Cert-Info.'),
  })
  .meta({
    id: 'TraefikHeaders',
    description: 'X-Forwarded-Tls-Client-Cert and -Cert-Info.',
    examples: [{ certificate: true, chain: true, info: false }],
  });

/** The convention that a key of options belongs to. */
const conventionOf = { envoy: 'envoy', rfc9440: 'rfc9440', awsAlb: 'aws-alb', traefik: 'traefik' } as const;

const withOptions = z
  .strictObject({
    conventions: oneOrMore(convention).describe('The conventions to follow.'),
    nginxCertificate: z
      .boolean()
      .default(false)
      .describe('Whether to send X-SSL-Client-Cert as well: the whole certificate as percent-encoded PEM, some 2 KB.'),
    envoy: envoy.optional().describe('Options of `envoy`.'),
    rfc9440: rfc9440.optional().describe('Options of `rfc9440`.'),
    awsAlb: awsAlb.optional().describe('Options of `aws-alb`.'),
    traefik: traefik.optional().describe('Options of `traefik`.'),
  })
  .superRefine(({ conventions, ...options }, context) => {
    for (const [key, owner] of Object.entries(conventionOf)) {
      if (options[key as keyof typeof conventionOf] === undefined || conventions.includes(owner)) continue;
      const message = `has no effect: "${owner}" is not among the conventions`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .meta({
    id: 'IdentityHeaders',
    description:
      'Identity headers, with options. Where one of them tells the chain (`chain`, `passthrough`), sessions of the ' +
      'server are not resumed: a resumed session no longer has it.',
    examples: [
      { conventions: 'nginx', nginxCertificate: true },
      { conventions: ['envoy', 'rfc9440'], envoy: { details: ['subject', 'uri'] }, rfc9440: { chain: true } },
    ],
  });

export const identityHeaders = z
  .union([z.enum([...identityConventions, 'none']), z.array(convention).min(1), withOptions])
  .transform((value): IdentityHeadersConfig => {
    if (value === 'none') {
      return { conventions: [], nginxCertificate: false };
    }
    if (typeof value === 'string' || Array.isArray(value)) {
      return complete([value].flat(), { nginxCertificate: false });
    }
    return complete(value.conventions, value);
  });

/** Options of every convention that is followed, and of no other. */
function complete(
  conventions: readonly IdentityConvention[],
  given: Omit<z.output<typeof withOptions>, 'conventions'>,
): IdentityHeadersConfig {
  const unique = [...new Set(conventions)];
  return {
    conventions: unique,
    nginxCertificate: given.nginxCertificate,
    ...(unique.includes('envoy') ? { envoy: given.envoy ?? envoy.parse({}) } : {}),
    ...(unique.includes('rfc9440') ? { rfc9440: given.rfc9440 ?? rfc9440.parse({}) } : {}),
    ...(unique.includes('aws-alb') ? { awsAlb: given.awsAlb ?? awsAlb.parse({}) } : {}),
    ...(unique.includes('traefik') ? { traefik: given.traefik ?? traefik.parse({}) } : {}),
  };
}
