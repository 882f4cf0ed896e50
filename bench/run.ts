// What mutual costs, beside what others cost, in one run on one machine: CPU time of requests, handshakes and bodies, memory
// of idle connections, latency, and how cost grows. docs/performance.md says how each figure is made.
//
//   npm run bench                                all of it, some twenty minutes
//   npm run bench -- --quick                     a look at the programs side by side, in about a minute
//   npm run bench -- --only small,handshake      some of it
//   npm run bench -- --against DIRECTORY         beside the mutual of another checkout, too
//   npm run bench -- --json > result.json        for programs; progress goes to standard error in any case

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createFixture } from './fixture.ts';
import { describeMachine } from './machine.ts';
import { printFigure } from './report/print-figure.ts';
import { type Figure, figuresOf, type Result } from './result.ts';
import { runScenario } from './run-scenario.ts';
import { programs, type Scenario, type Sizes, scenariosOf } from './scenarios.ts';
import { mutualOf } from './targets/mutual.ts';
import type { Program } from './targets/target.ts';

const full: Sizes = {
  rounds: 5,
  requests: 10_000,
  handshakes: 1000,
  bodies: 200,
  idle: 4000,
  perSecond: 1000,
  seconds: 5,
  connections: 10_000,
  routes: 10_000,
  crlEntries: 100_000,
};
const quick: Sizes = { ...full, rounds: 3, requests: 1500, handshakes: 250, bodies: 30, idle: 500, seconds: 1 };

const usage =
  'npm run bench -- [--quick] [--only NAME,…] [--programs NAME,…] [--against DIRECTORY] [--json] [--SIZE NUMBER]';

interface Options {
  readonly sizes: Sizes;
  readonly scenarios: readonly Scenario[];
  readonly programs: ReadonlySet<Program>;
  readonly json: boolean;
}

function readOptions(): Options {
  const sizeNames = Object.keys(full) as (keyof Sizes)[];
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      programs: { type: 'string' },
      against: { type: 'string' },
      ...Object.fromEntries(sizeNames.map((name) => [name, { type: 'string' } as const])),
    },
  });
  const given = values as Readonly<Record<string, string | boolean | undefined>>;
  const sizes: Record<keyof Sizes, number> = { ...(values.quick ? quick : full) };
  for (const name of sizeNames) {
    if (given[name] === undefined) continue;
    sizes[name] = Number(given[name]);
    if (!Number.isInteger(sizes[name]) || sizes[name] < 1) throw new Error(`--${name} takes a whole number\n${usage}`);
  }
  const against = values.against === undefined ? [] : [mutualOf(resolve(values.against), 'mutual before', undefined)];
  const all = scenariosOf(sizes, against);
  const wanted = values.only?.split(',');
  return {
    sizes,
    json: values.json,
    programs: new Set([...against, ...pick('program', programs, values.programs?.split(','))]),
    scenarios: pick('measurement', all, wanted).filter(({ slow }) => wanted !== undefined || !values.quick || !slow),
  };
}

function pick<T extends { readonly name: string }>(
  kind: string,
  from: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  if (names === undefined) return from;
  const known = from.map(({ name }) => name);
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined) throw new Error(`there is no ${kind} "${strange}"; there are: ${known.join(', ')}`);
  return from.filter(({ name }) => names.includes(name));
}

async function run(options: Options): Promise<Result> {
  const notes: string[] = [];
  const onNote = (note: string): void => {
    notes.push(note);
    process.stderr.write(`${note}\n`);
  };
  const there = new Set([...options.programs].filter((program) => program.isThere()));
  for (const program of options.programs) {
    if (!there.has(program)) onNote(`${program.name} is not installed: left out`);
  }
  const figures: Figure[] = [];
  const fixture = await createFixture();
  try {
    for (const scenario of options.scenarios) {
      process.stderr.write(`${scenario.name} …\n`);
      const { rounds } = options.sizes;
      const made = figuresOf(scenario, await runScenario(scenario, { fixture, programs: there, rounds, onNote }));
      figures.push(...made);
      if (!options.json) for (const figure of made) process.stdout.write(printFigure(figure));
    }
  } finally {
    await fixture.close();
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: Object.fromEntries([...there].map((program) => [program.name, program.version()])),
    sizes: options.sizes,
    notes,
    figures,
  };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.setMaxListeners(100); // one for each program that runs

try {
  const options = readOptions();
  const result = await run(options);
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
