// One scenario comes in, its figures go out. Programs take turns (A B C, A B C, …), so that what else the machine does
// meanwhile meets all of them alike.

import { join } from 'node:path';
import { messageOf } from '../src/errors.ts';
import type { Fixture } from './fixture.ts';
import type { Point, Scenario } from './scenarios.ts';
import type { Program, Setting, Target } from './targets/target.ts';

/** The figures of one program at one point, a round each. */
export interface Series {
  readonly figure: string;
  readonly program: string;
  readonly x?: number;
  readonly rounds: number[];
}

export interface RunOptions {
  readonly fixture: Fixture;
  readonly programs: ReadonlySet<Program>;
  readonly rounds: number;
  /** Told what could not be measured, and why. */
  readonly onNote: (note: string) => void;
}

/** A program at a point, with the directory of its certificates. */
interface Candidate {
  readonly program: Program;
  readonly point: Point;
  readonly setting: Setting;
  target: Target | undefined;
}

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Series[]> {
  const { rounds, onNote } = options;
  const candidates = await candidatesOf(scenario, options);
  const series = new Map<string, Series>();
  try {
    // The first round warms up: programs compile, connections to the backend open.
    for (let round = scenario.fresh === true ? 1 : 0; round <= rounds; round += 1) {
      for (const candidate of [...candidates]) {
        try {
          const figures = await measureOnce(scenario, candidate);
          if (round > 0) record(series, scenario, candidate, figures);
        } catch (error) {
          candidates.splice(candidates.indexOf(candidate), 1);
          await candidate.target?.stop();
          const at = candidate.point.x === undefined ? '' : ` with ${candidate.point.x} ${scenario.grows}`;
          onNote(`${scenario.name} of ${candidate.program.name}${at} could not be measured: ${messageOf(error)}`);
        }
      }
    }
  } finally {
    for (const { target } of candidates) await target?.stop();
  }
  return [...series.values()];
}

async function candidatesOf(scenario: Scenario, { fixture, programs }: RunOptions): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [index, point] of scenario.points.entries()) {
    const { keys = 'P-256', routes = 1, workers = 1, crlEntries } = point;
    const setting: Setting = {
      directory: join(fixture.directory, `${scenario.name}-${index}`),
      credentials: await fixture.credentials(keys),
      backendPort: fixture.backendPort,
      routes,
      crl: crlEntries === undefined ? undefined : await fixture.revocationList(crlEntries),
      workers,
    };
    for (const program of scenario.programs) {
      if (programs.has(program)) candidates.push({ program, point, setting, target: undefined });
    }
  }
  return candidates;
}

async function measureOnce(scenario: Scenario, candidate: Candidate): Promise<readonly number[]> {
  const { program, point, setting } = candidate;
  candidate.target ??= await program.start(setting);
  const figures = await scenario.measure(candidate.target, setting.credentials, point);
  if (scenario.fresh === true) {
    await candidate.target.stop();
    candidate.target = undefined;
  }
  return figures;
}

function record(
  series: Map<string, Series>,
  { figures }: Scenario,
  { program, point: { x } }: Candidate,
  measured: readonly number[],
): void {
  for (const [i, { name }] of figures.entries()) {
    const key = `${name} ${program.name} ${x}`;
    const made = series.get(key) ?? {
      figure: name,
      program: program.name,
      ...(x === undefined ? {} : { x }),
      rounds: [],
    };
    series.set(key, made);
    made.rounds.push(measured[i] as number);
  }
}
