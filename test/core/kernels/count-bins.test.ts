import { expect, test } from 'vitest';
import { canCountBins, countBins, KERNEL_BINS } from '../../../src/core/kernels/count-bins.ts';
import { PIECE } from '../../../src/core/kernels/pieces.ts';
import { normal } from '../../support/seeded.ts';
import { anywhere } from './anywhere.ts';

const TINY = 2 ** -149;

/** Counts of the bins that hold something, by their number. */
interface Counted {
  readonly bins: Readonly<Record<string, number>>;
  readonly zeros: number;
}

/** By the definition, in doubles, where a product with a power of two is exact. */
function plain(data: Float32Array, perUnit: number): Counted {
  const bins: Record<string, number> = {};
  for (const x of data) {
    const bin = Math.floor(x * perUnit);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return { bins, zeros: data.filter(x => x === 0).length };
}

function counted(data: Float32Array, perUnit: number): Counted {
  const counts = new Uint32Array(KERNEL_BINS);
  const zeros = countBins(counts, data, perUnit);
  const bins: Record<string, number> = {};
  for (const [at, count] of counts.entries()) if (count > 0) bins[at - KERNEL_BINS / 2] = count;
  return { bins, zeros };
}

test.each([
  [
    'edges of bins, and the numbers below them',
    [1, 2, 3, 0.5, -1, -2, -0.5, below(1), -below(1), below(4096), -4096],
    1,
  ],
  ['both zeros, and what is next to them', [0, -0, TINY, -TINY, 0, 0, 0, 0, 0], 1],
  ['the smallest numbers, one bin each', [0, TINY, 2 * TINY, 7 * TINY, -TINY, -9 * TINY], 2 ** 126],
  ['a factor below 1 on numbers above zero', [0, TINY, 1, 2 ** 20, 2 ** 23, 4095 * 2 ** 20], 2 ** -20],
  ['the largest numbers', [(2 - 2 ** -23) * 2 ** 127, 2 ** 127, 1, 0], 2 ** -116],
])('%s', (_, values, perUnit) => {
  expect(canCountBins(perUnit, Math.min(...values))).toBe(true);
  for (const data of anywhere(Float32Array.from(values)))
    expect(counted(data, perUnit)).toEqual(plain(data, perUnit));
});

function below(x: number): number {
  return x * (1 - 2 ** -24);
}

test('every length up to some vectors, and across pieces, with half of the elements zero', () => {
  const values = normal(3 * PIECE + 13, 5).map(x => Math.max(x, 0) * (x > 2 ? -1 : 1));
  for (const length of [...Array(45).keys(), 511, 512, 513, 520, PIECE - 1, PIECE + 1, 3 * PIECE + 13])
    if (length > 0)
      for (const data of anywhere(values.subarray(0, length)))
        expect(counted(data, 512)).toEqual(plain(data, 512));
});

test('adds to the counts that are there', () => {
  const before = 2 ** 32 - 4;
  const counts = new Uint32Array(KERNEL_BINS).fill(before);
  countBins(counts, Float32Array.of(1, 1, -2, 0), 1);
  const changed = [...counts].flatMap((count, bin) =>
    count === before ? [] : [[bin - KERNEL_BINS / 2, count - before]],
  );
  expect(changed).toEqual([
    [-2, 1],
    [0, 1],
    [1, 2],
  ]);
});

test('declines factors whose products float32 does not hold', () => {
  expect(canCountBins(2 ** 127, 0)).toBe(false);
  // -2^-149 / 2 would be rounded to -0.
  expect(canCountBins(0.5, -TINY)).toBe(false);
  expect(canCountBins(0.5, 0)).toBe(true);
});
