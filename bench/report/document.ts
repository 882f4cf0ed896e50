// docs/performance.md: a run's figures come in, with what was found out about them by hand; the page goes out.

import type { Figure, Result } from '../result.ts';
import { outcomesOf } from './goals.ts';
import { amount, range } from './print-figure.ts';

/** @param findings Markdown: where the time goes, and what stands in the way of a goal */
export function writeDocument(result: Result, findings: string): string {
  const { figures, notes } = result;
  const compared = figures.filter(({ grows }) => grows === undefined);
  const grown = figures.filter(({ grows }) => grows !== undefined);
  return `<!-- Written by bench/report/main.ts from bench/result.json and bench/report/findings.md. -->

# Performance

What \`mutual\` costs, beside what others cost who do the same work, in one run on one machine. \`npm run bench\` repeats it
(\`npm run bench -- --quick\` in a minute); [how each figure is made](#how-the-figures-are-made) is below.

![The figures as a picture](performance.svg)

## What was aimed at

${goalTable(result)}

${findings.trim()}

## Side by side

Each figure is the median of ${result.sizes.rounds} rounds, with the lowest and the highest; the ratio is to nginx in the same round.

${compared.map(comparedTable).join('\n')}
## How cost grows

CPU time in microseconds; the ratio is to the first column of the same program.

${grown.map(grownTable).join('\n')}
${notes.length === 0 ? '' : `Not measured: ${notes.map((note) => `${note}.`).join(' ')}\n\n`}## How the figures are made

${method(result)}`;
}

function goalTable(result: Result): string {
  const rows = outcomesOf(result).map(
    ({ title, ratio, most, isMet }) => `| ${title} | ${most} | ${ratio.toFixed(2)} | ${isMet ? 'yes' : '**no**'} |`,
  );
  return [
    'Ratios to nginx, or, where something grows, to the first figure of `mutual` itself.',
    '',
    '| | at most | is | reached |\n| --- | --- | --- | --- |',
    ...rows,
  ]
    .join('\n')
    .replace('itself.\n\n|', 'itself.\n\n|');
}

function comparedTable({ title, unit, entries }: Figure): string {
  const rows = entries.map((entry) => {
    const ratio = entry.ratio === undefined ? '' : entry.ratio.toFixed(2);
    return `| ${entry.program} | ${amount(entry.median)} ${unit} | ${range(entry)} | ${ratio} |`;
  });
  return `| ${title} | median | lowest to highest | ratio |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function grownTable({ title, entries }: Figure): string {
  const xs = [...new Set(entries.map(({ x = 0 }) => x))].sort((a, b) => a - b);
  const rows = [...Map.groupBy(entries, ({ program }) => program)].map(([program, own]) => {
    const cells = xs.map((x) => {
      const entry = own.find((one) => one.x === x);
      return entry === undefined ? '' : `${amount(entry.median)} (${entry.ratio?.toFixed(2) ?? ''})`;
    });
    return `| ${program} | ${cells.join(' | ')} |`;
  });
  const head = `| ${title} | ${xs.map((x) => x.toLocaleString('en')).join(' | ')} |`;
  return `${head}\n|${' --- |'.repeat(xs.length + 1)}\n${rows.join('\n')}\n`;
}

function method({ machine, versions, sizes, date }: Result): string {
  const { cores, cpu, memoryGb, system, node, openssl } = machine;
  const programs = Object.entries(versions)
    .filter(([name]) => !name.startsWith('mutual') && name !== 'bare Node.js')
    .map(([name, version]) => `${name === 'Fastify' ? '@fastify/http-proxy' : name} ${version}`)
    .join(', ');
  return `The machine: ${cores} cores (${cpu}), ${memoryGb} GB, ${system}, virtual and shared with other work; Node.js ${node} with OpenSSL
${openssl}; ${programs}; ${date}. Ratios of one run hold on other machines; the absolute figures do not.

- **CPU time** is what the kernel counts for all threads of a program and of the processes below it, user and system, from
  before the load to after it. The load generator and the backend are processes of their own. Wall-clock time would say more of the machine.
- **Programs take turns**: one round of each, ${sizes.rounds} times, after one that is not counted. What else the machine does meets all alike.
- **The work is the same**: mutual TLS 1.3 with X25519 and AES-128-GCM, certificates with ECDSA P-256 where nothing else is said;
  one worker; an access log to a file; the client's DN, issuer, serial number and fingerprint, \`X-Real-IP\`, \`X-Forwarded-For\`,
  \`-Proto\`, \`-Host\` and \`X-Request-Id\` set toward the backend, over kept connections. A client's \`X-SSL-Client-S-DN\` is replaced.
- **Fastify** is @fastify/http-proxy as its README shows it, http-proxy-middleware stands behind Node's own HTTPS server, and bare
  Node.js is that server alone, without a gateway or an access log: what is under every gateway written for Node.js.
- **A small request**: ${sizes.requests.toLocaleString('en')} GETs answered with 100 bytes, on 16 kept connections.
- **A handshake**: ${sizes.handshakes.toLocaleString('en')} connections, four at a time, each with one request and closed after it. Nothing is resumed,
  but where that is measured.
- **A MiB**: ${sizes.bodies} bodies of that size on 4 kept connections. nginx streams them, as mutual does; by default it would write
  uploads to a file first.
- **Memory**: the growth of the proportional set size (PSS) by ${sizes.idle.toLocaleString('en')} connections that made one request each and then say
  nothing, after ${Math.ceil(sizes.idle / 4).toLocaleString('en')} others that are not counted; in a process that was started for it. Buffers of the kernel are not in it.
- **Latency**: ${sizes.perSecond.toLocaleString('en')} requests a second, each begun when it is due whether or not those before it are answered. The generator
  shares the machine with what it measures.
- **Growth**: small requests as above; to the last of the routes, in turn over all open connections, with a revocation list
  that does not name the client, with so many header fields.
`;
}
