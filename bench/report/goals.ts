// What was aimed at: the most that a figure may be as a ratio, to nginx in the same run or to where the growth began.

import type { Figure, Result } from '../result.ts';

export interface Goal {
  readonly figure: string;
  readonly most: number;
}

export const goals: readonly Goal[] = [
  { figure: 'small', most: 1.2 },
  { figure: 'handshake', most: 1.6 },
  { figure: 'download', most: 1.1 },
  { figure: 'upload', most: 1.1 },
  { figure: 'idle', most: 2 },
  { figure: 'routes', most: 1.1 },
  { figure: 'connections', most: 1.1 },
  { figure: 'crl', most: 1.1 },
];

export interface Outcome extends Goal {
  readonly title: string;
  readonly ratio: number;
  readonly isMet: boolean;
}

/** Of each goal whose figure the run has. */
export function outcomesOf({ figures }: Result): Outcome[] {
  return goals.flatMap((goal) => {
    const figure = figures.find(({ name }) => name === goal.figure);
    const ratio = figure && worstRatio(figure);
    if (figure === undefined || ratio === undefined) return [];
    return [{ ...goal, title: figure.title, ratio, isMet: Number(ratio.toFixed(2)) <= goal.most }];
  });
}

function worstRatio({ entries }: Figure): number | undefined {
  const ratios = entries.flatMap(({ program, ratio }) => (program === 'mutual' && ratio !== undefined ? [ratio] : []));
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}
