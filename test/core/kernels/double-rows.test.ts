/** Products of rows of doubles against the plain formula, on whole numbers: their sums are exact in any order. */
import { expect, test } from 'vitest';
import { KernelMemory } from '../../../src/core/kernels/memory.ts';
import { uniform } from '../../support/seeded.ts';

const STRIDE = 140;
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 127, 128, 129];

/** Eight rows, a row's length apart, and eight numbers; the first stands at no multiple of sixteen bytes. */
function rows(seed: number) {
  const memory = new KernelMemory(8 * (8 * STRIDE + 1 + 8) + 2 * 64);
  const block = memory.take(Float64Array, 8 * STRIDE + 1);
  const out = memory.take(Float64Array, 8);
  block.array.set(Float64Array.from(uniform(block.length, seed), x => Math.round(x * 2000 - 1000)));
  const row = (index: number): Float64Array =>
    block.array.subarray(1 + index * STRIDE, 1 + (index + 1) * STRIDE);
  const at = (index: number): number => block.at + 8 * (1 + index * STRIDE);
  return { kernels: memory.kernels, row, at, out };
}

test.each(LENGTHS)('dotTile of rows of %d', length => {
  const { kernels, row, at, out } = rows(length + 1);
  kernels.dotTile(at(0), at(1), at(2), at(3), at(4), at(5), length, out.at);
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.subarray(0, length).reduce((sum, x, k) => sum + x * (b[k] as number), 0);
  const expected = [0, 1].flatMap(a => [2, 3, 4, 5].map(b => dot(row(a), row(b))));
  expect([...out.array]).toEqual(expected);
});

test.each(LENGTHS)('addRows to rows of %d', length => {
  const { kernels, row, at, out } = rows(length + 1);
  const factors = [2, -3, 5, 7, -11, 13, 17, -19];
  out.array.set(factors);
  const before = [row(0).slice(), row(1).slice()];
  kernels.addRows(at(0), 8 * STRIDE, at(2), at(3), at(4), at(5), length, out.at, 8 * 4);
  for (const target of [0, 1]) {
    const expected = before[target]!.map((x, k) =>
      k < length
        ? [0, 1, 2, 3].reduce((sum, f) => sum + factors[4 * target + f]! * (row(2 + f)[k] as number), x)
        : x,
    );
    expect([...row(target)]).toEqual([...expected]);
  }
});
