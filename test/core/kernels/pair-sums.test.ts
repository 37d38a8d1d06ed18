/** Expected values are those of the instruction's definition: SIGNED_SATURATE(a0 * b0 + a1 * b1) of 16 bits, added up. */
import { expect, test } from 'vitest';
import { PairSums } from '../../../src/core/kernels/pair-sums.ts';
import { normal, uniform } from '../../support/seeded.ts';

const saturate = (x: number): number => Math.min(Math.max(x, -32768), 32767);

function pairs(row: readonly number[], weights: readonly number[]): readonly number[] {
  const found: number[] = [];
  for (let k = 0; k < weights.length; k += 2)
    found.push(row[k]! * weights[k]! + (row[k + 1] ?? 0) * (weights[k + 1] ?? 0));
  return found;
}

function sumsOf(rows: readonly (readonly number[])[], weights: ArrayLike<number>): PairSums {
  const sums = new PairSums(weights.length, rows.length);
  for (const [at, row] of rows.entries()) sums.setRow(at, k => row[k]!);
  sums.weights.set(weights);
  return sums;
}

test.each([
  // a0, w0, a1, w1, saturated sum
  [255, 127, 255, 127, 32767],
  [255, 127, 2, 127, 32639],
  [255, 127, 4, 127, 32767],
  [255, -128, 255, -128, -32768],
  [255, -128, 1, -128, -32768],
  [255, 64, 255, 64, 32640],
  [255, 127, 255, -127, 0],
  [0, 127, 0, 127, 0],
])('%i * %i + %i * %i', (a0, w0, a1, w1, saturated) => {
  const sums = sumsOf([[a0, a1]], [w0, w1]);
  sums.encode(1);
  expect([...sums.saturated(0)]).toEqual([saturated]);
  expect(sums.saturates()).toBe(saturated !== a0 * w0 + a1 * w1);
});

test('a pair that is called safe never saturates, one that is not can', () => {
  const corners = [0, 255].flatMap(a0 => [0, 255].map(a1 => [a0, a1] as const));
  const sums = new PairSums(2, corners.length);
  for (const [at, corner] of corners.entries()) sums.setRow(at, k => corner[k]!);
  for (let w0 = -128; w0 <= 127; w0++)
    for (let w1 = -128; w1 <= 127; w1++) {
      sums.weights.set([w0, w1]);
      const risky = sums.encode(1);
      const can = corners.some(corner => pairs(corner, [w0, w1]).some(sum => saturate(sum) !== sum));
      expect(sums.saturates()).toBe(can);
      // Codes of both signs never saturate: their sum is smaller than either.
      if (w0 >= 0 === w1 >= 0) expect(risky).toBe(can);
      else if (can) expect(risky).toBe(true);
    }
});

test.each([1, 2, 3, 7, 8, 9, 16, 31, 64, 129, 1000])('rows of %i codes', depth => {
  const scale = Math.fround(0.013);
  const weights = normal(depth, depth).map(x => x + 0.5);
  const codes = [...weights].map(w => {
    const quotient = Math.fround(w / scale);
    const floor = Math.floor(quotient);
    const [rest, even] = [quotient - floor, floor % 2 === 0];
    return Math.min(Math.max(floor + (rest > 0.5 || (rest === 0.5 && !even) ? 1 : 0), -128), 127);
  });
  const rows = [1, 2, 3].map(seed => [...uniform(depth, seed)].map(u => Math.floor(256 * u)));
  const sums = sumsOf(rows, weights);
  sums.encode(scale);
  const zero = 7;
  expect([...sums.saturated(zero)]).toEqual(
    rows.map(
      row =>
        pairs(row, codes).reduce((sum, pair) => sum + saturate(pair), 0) -
        zero * codes.reduce((sum, code) => sum + code, 0),
    ),
  );
  const exact = rows.map(row => row.reduce((sum, code, k) => sum + (code - zero) * weights[k]!, 0));
  const found = [...sums.exact(zero)];
  for (const [at, y] of exact.entries())
    expect(Math.abs(found[at]! - y)).toBeLessThan(1e-3 + 1e-6 * Math.abs(y));
});

test('an odd depth ends with a single product, which fits', () => {
  const sums = sumsOf([[255, 255, 255]], [127, 127, 127]);
  expect(sums.encode(1)).toBe(true);
  expect([...sums.saturated(0)]).toEqual([32767 + 255 * 127]);
});

test('sums of a depth of a million do not overflow', () => {
  const depth = 2 ** 20;
  const sums = new PairSums(depth, 1);
  sums.setRow(0, () => 255);
  sums.weights.fill(127);
  sums.encode(1);
  expect([...sums.saturated(0)]).toEqual([(depth / 2) * 32767]);
});
