import { describe, expect, it } from 'vitest';
import { chanceOf, mcnemar, meanDifference, verdictOf } from './paired.ts';

describe('McNemar', () => {
  // sum(comb(n, k) for k in range(losses, n + 1)) / 2**n in Python's integers.
  it.each([
    [2, 4, 0.34375],
    [0, 4, 0.0625],
    [0, 5, 0.03125],
    [5, 15, 0.020694732666015625],
    [6, 15, 0.03917694091796875],
    [60, 85, 0.022938534255041436],
    [4, 2, 0.890625],
    [0, 0, 1],
  ])('%i wins and %i losses', (wins, losses, p) => {
    expect(mcnemar(wins, losses)).toBeCloseTo(p, 12);
  });

  it('counts the samples that only one gets right', () => {
    const ours = [0, 0, 1, 1, 1, 0];
    const theirs = [0, 1, 0, 0, 1, 0];
    expect(chanceOf(ours, theirs)).toEqual({ wins: 1, losses: 2, p: 0.5 });
  });
});

describe('paired differences', () => {
  // mean and stdev / sqrt(n) of (1, 2, 4, 5) in Python's statistics: 3 and 1.8257418583505538 / 2.
  it('have the mean and the standard error of the textbook', () => {
    const { mean, error } = meanDifference([1.5, 2.5, 4.5, 5.5], [0.5, 0.5, 0.5, 0.5]);
    expect(mean).toBeCloseTo(3, 12);
    expect(error).toBeCloseTo(0.9128709291752769, 12);
  });

  it('do not depend on what both share', () => {
    const shared = [10, 200, 3000, 40_000];
    const ours = shared.map((x, at) => x + [1, 2, 4, 5][at]!);
    expect(chanceOf(ours, shared)).toEqual({ errors: expect.closeTo(3 / 0.9128709291752769, 9) });
  });

  it('refuse different samples', () => {
    expect(() => meanDifference([1], [1, 2])).toThrow(RangeError);
  });
});

describe('verdict', () => {
  const chance = (wins: number, losses: number) => ({ wins, losses, p: mcnemar(wins, losses) });

  it.each([
    ['a loss of two images of 2000', 0.001, chance(2, 4), 'within noise'],
    ['a significant loss, small as it is', 0.001, chance(0, 5), 'worse'],
    ['a loss beyond the limit that few samples cannot prove', 0.003, chance(0, 1), 'worse'],
    ['1.9 standard errors', 0.001, { errors: 1.9 }, 'within noise'],
    ['2.1 standard errors', 0.001, { errors: 2.1 }, 'worse'],
    ['no difference', 0, chance(3, 3), 'equal'],
    ['a gain', -0.001, chance(4, 2), 'ahead'],
  ] as const)('%s', (_, difference, evidence, verdict) => {
    expect(verdictOf(difference, evidence)).toBe(verdict);
  });
});
