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
  const { fresh = false } = scenario;
  // To start programs anew takes long, and memory hardly differs from one time to the next.
  const most = fresh ? Math.ceil(rounds / 2) : rounds;
  const candidates = await candidatesOf(scenario, options);
  const series = new Map<string, Series>();
  const giveUp = async (candidate: Candidate, error: unknown): Promise<void> => {
    candidates.splice(candidates.indexOf(candidate), 1);
    await candidate.target?.stop();
    const at = candidate.point.x === undefined ? '' : ` with ${candidate.point.x} ${scenario.grows}`;
    onNote(`${scenario.name} of ${candidate.program.name}${at} could not be measured: ${messageOf(error)}`);
  };
  try {
    if (scenario.fresh !== true)
      await Promise.all([...candidates].map((one) => start(one).catch((e) => giveUp(one, e))));
    // The first round warms up: programs compile, connections to the backend open.
    for (let round = fresh ? 1 : 0; round <= most; round += 1) {
      for (const candidate of [...candidates]) {
        try {
          const figures = await measureOnce(scenario, candidate);
          if (round > 0) record(series, scenario, candidate, figures);
        } catch (error) {
          await giveUp(candidate, error);
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
  const { point, setting } = candidate;
  const target = await start(candidate);
  const figures = await scenario.measure(target, setting.credentials, point);
  if (scenario.fresh === true) {
    await target.stop();
    candidate.target = undefined;
  }
  return figures;
}

async function start(candidate: Candidate): Promise<Target> {
  candidate.target ??= await candidate.program.start(candidate.setting);
  return candidate.target;
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
