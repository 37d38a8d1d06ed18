/**
 * Holds measured figures against the limits of a spec.
 *
 * Invariant: every limit that the spec names gives one result. A figure that was not measured misses its gate, with
 * what would have to be sent for it; it never passes in silence.
 */
import type { Gates } from './stage-results.ts';

export interface GateFigures {
  /** Loss of the metric, positive when worse; points of an accuracy, else relative. */
  readonly accuracyDrop?: number;
  readonly isAccuracy?: boolean;
  readonly minSqnrDb?: number;
  readonly sizeRatio?: number;
  readonly speedup?: number;
}

export interface GateOutcome {
  readonly name: keyof Gates;
  readonly limit: number;
  readonly measured?: number;
  readonly passed: boolean;
  readonly detail: string;
}

interface GateRule {
  readonly figure: (figures: GateFigures) => number | undefined;
  readonly holds: (measured: number, limit: number) => boolean;
  readonly words: (value: number, figures: GateFigures) => string;
  readonly what: string;
  /** For a figure below zero, which is then told without its sign. */
  readonly negative?: string;
  readonly bound: string;
  readonly missing: string;
}

const percent = (value: number): string => `${trim(value * 100)} %`;
const trim = (value: number): string => String(Number(value.toPrecision(4)));

const RULES: { readonly [Name in keyof Required<Gates>]: GateRule } = {
  maxAccuracyDrop: {
    figure: figures => figures.accuracyDrop,
    holds: (measured, limit) => measured <= limit,
    words: (value, { isAccuracy }) => (isAccuracy ? `${trim(value * 100)} points` : percent(value)),
    what: 'the metric lost',
    negative: 'the metric gained',
    bound: 'at most',
    missing: 'there are no labels to score: send an evaluation dataset with an array "y"',
  },
  minSqnrDb: {
    figure: figures => figures.minSqnrDb,
    holds: (measured, limit) => measured >= limit,
    words: value => `${trim(value)} dB`,
    what: 'the worst output is at',
    bound: 'at least',
    missing: 'no float output was compared',
  },
  maxSizeRatio: {
    figure: figures => figures.sizeRatio,
    holds: (measured, limit) => measured <= limit,
    words: value => `${trim(value)} of the fp32 size`,
    what: 'the file has',
    bound: 'at most',
    missing: 'the sizes are not known',
  },
  minSpeedup: {
    figure: figures => figures.speedup,
    holds: (measured, limit) => measured >= limit,
    words: value => `${trim(value)}x`,
    what: 'the speed-up is',
    bound: 'at least',
    missing:
      'latency was not measured: "benchmark" is off, or the model is too large to be loaded as a whole',
  },
};

export function evaluateGates(gates: Gates, figures: GateFigures): readonly GateOutcome[] {
  const names = Object.keys(RULES) as (keyof Gates)[];
  return names.flatMap((name): GateOutcome[] => {
    const limit = gates[name];
    if (limit === undefined) return [];
    const { figure, holds, words, what, negative, bound, missing } = RULES[name];
    const measured = figure(figures);
    if (measured === undefined || Number.isNaN(measured))
      return [{ name, limit, passed: false, detail: `cannot be judged: ${missing}` }];
    const told =
      negative !== undefined && measured < 0
        ? `${negative} ${words(-measured, figures)}`
        : `${what} ${words(measured, figures)}`;
    return [
      {
        name,
        limit,
        measured,
        passed: holds(measured, limit),
        detail: `${told}; ${bound} ${words(limit, figures)} is wanted`,
      },
    ];
  });
}

/** Pass when every gate passed; without gates there is nothing to miss. */
export function verdictOf(outcomes: readonly GateOutcome[]): 'pass' | 'fail' {
  return outcomes.every(outcome => outcome.passed) ? 'pass' : 'fail';
}
