// What a run has found, as it is written and read again: the figures of every round, and what they come to.

import type { Machine } from './machine.ts';
import type { Series } from './run-scenario.ts';
import type { Scenario, Sizes } from './scenarios.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface Result {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly sizes: Sizes;
  readonly notes: readonly string[];
  readonly figures: readonly Figure[];
}

export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** What grows; absent where programs are compared. */
  readonly grows?: string;
  readonly entries: readonly Entry[];
}

export interface Entry extends Spread {
  readonly program: string;
  readonly x?: number;
  readonly rounds: readonly number[];
  /** To nginx in the same round, the median of all rounds; where something grows, to the first point of the same program. */
  readonly ratio?: number;
}

export function figuresOf({ figures, grows }: Scenario, series: readonly Series[]): Figure[] {
  return figures.map(({ name, title, unit }) => {
    const own = series.filter(({ figure }) => figure === name);
    const base = (of: Series): Series | undefined =>
      own.find(({ program }) => program === (grows === undefined ? 'nginx' : of.program));
    const entries = own.map((one): Entry => {
      const { program, x, rounds } = one;
      const ratio = ratioOf(rounds, base(one)?.rounds ?? []);
      return {
        program,
        ...(x === undefined ? {} : { x }),
        ...spreadOf(rounds),
        ...(ratio === undefined ? {} : { ratio }),
        rounds,
      };
    });
    return { name, title, unit, ...(grows === undefined ? {} : { grows }), entries };
  });
}

function ratioOf(rounds: readonly number[], base: readonly number[]): number | undefined {
  const ratios = rounds.slice(0, base.length).map((figure, i) => figure / (base[i] as number));
  return ratios.length === 0 ? undefined : spreadOf(ratios).median;
}
