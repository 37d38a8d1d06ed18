/** Against `oas(X / sqrt(mean(X ** 2, axis=0)), assume_centered=True)` of scikit-learn 1.9.1. */
import { expect, test } from 'vitest';
import { SecondMoment } from '../../../../src/core/calibration/second-moment.ts';
import { shrinkage } from '../../../../src/core/quantization/rounding/shrinkage.ts';

const X = [
  [1, 2, -1, 0.5],
  [-2, -3, 0.5, 1],
  [0.5, 1, 2, -1],
  [3, 5, -0.5, 2],
  [-1, -2.5, 1, 0],
  [2, 3.5, 0, -2],
  [0.5, 0.5, -3, 1],
  [-3, -5.5, 1, 1],
];

function momentOf(rows: readonly (readonly number[])[], times = 1): SecondMoment {
  const moment = new SecondMoment(rows[0]!.length);
  for (let i = 0; i < times; i++) moment.add(Float32Array.from(rows.flat()));
  return moment;
}

test.each([
  [1, 0.8973153127320086],
  [100, 0.010082194525078742],
])('the vectors %d times', (times, expected) => {
  expect(shrinkage(momentOf(X, times))).toBeCloseTo(expected, 12);
});

test('depends neither on the size of a feature nor on features that were always zero', () => {
  const scaled = X.map(([a, b, c, d]) => [a! * 1024, 0, b!, c! / 512, d!]);
  expect(shrinkage(momentOf(scaled))).toBeCloseTo(0.8973153127320086, 12);
});

test('one feature has no correlations', () => {
  expect(shrinkage(momentOf([[1], [2]]))).toBe(0);
});
