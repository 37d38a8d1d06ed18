import { expect, it } from 'vitest';
import { BINS_PER_SIDE } from '../../../src/core/calibration/bin-counts.ts';
import { Histogram } from '../../../src/core/calibration/histogram.ts';
import { normal } from '../../support/seeded.ts';

/** By the definition: numpy.histogram(data, bins=8192, range=(-4096 * width, 4096 * width)) groups as it does. */
function plainCounts(data: Float32Array, width: number): Float64Array {
  const expected = new Float64Array(2 * BINS_PER_SIDE);
  const sorted = data.toSorted();
  let at = 0;
  for (let k = -BINS_PER_SIDE; k < BINS_PER_SIDE; k++)
    for (const edge = (k + 1) * width; at < sorted.length && (sorted[at] as number) < edge; at++)
      expected[k + BINS_PER_SIDE] = (expected[k + BINS_PER_SIDE] as number) + 1;
  return expected;
}

it('counts what lies between the edges of each bin, after any number of widenings', () => {
  const data = normal(50_000, 3).map((x, i) => (i % 3 === 0 ? 0 : x * 2 ** ((i % 40) - 39)));
  data[49_999] = -5;
  const histogram = new Histogram();
  for (let i = 0; i < data.length; i += 1000) histogram.add(data.subarray(i, i + 1000));
  expect(histogram.width).toBe(8 / BINS_PER_SIDE);
  expect(histogram.counts).toEqual(plainCounts(data, histogram.width));
  expect(histogram.total).toBe(data.length);
  expect(histogram.zeros).toBe(data.filter(x => x === 0).length);
});

it.each([
  ['that grow', (x: number, i: number) => (i % 3 === 0 ? 0 : x * 2 ** Math.floor(i / 9000 - 12))],
  ['that shrink', (x: number, i: number) => x * 2 ** -Math.floor(i / 9000)],
  ['too small for float32 products', (x: number, i: number) => (i % 2 === 0 ? x * 2 ** -149 : x * 2 ** -140)],
  ['too large for them below zero', (x: number, i: number) => (i % 2 === 0 ? x * 2 ** 100 : -(2 ** -149))],
])('looks at elements %s once', (_, change) => {
  const data = normal(100_000, 3).map(change);
  const histogram = new Histogram();
  const sorted = data.toSorted();
  for (const [from, to] of [
    [0, 40],
    [40, 90_000],
    [90_000, 100_000],
  ]) {
    const part = data.subarray(from, to);
    const ends = part.toSorted();
    expect(histogram.look(part)).toEqual({ min: ends[0]! + 0, max: ends.at(-1)! + 0 });
  }
  expect(histogram.counts).toEqual(plainCounts(data, histogram.width));
  expect(histogram.zeros).toBe(data.filter(x => x === 0).length);
  expect(histogram.total).toBe(data.length);
  expect(histogram.extremes()).toEqual({ min: sorted[0], max: sorted.at(-1) });
});

it.each([
  ['NaN', Number.NaN, { min: Number.NaN, max: Number.NaN }],
  ['infinity', Number.POSITIVE_INFINITY, { min: -3, max: Number.POSITIVE_INFINITY }],
  ['-infinity', Number.NEGATIVE_INFINITY, { min: Number.NEGATIVE_INFINITY, max: 5 }],
])('tells that an element is %s, wherever it stands', (_, odd, seen) => {
  for (const at of [3, 7, 20_000, 59_990]) {
    const data = new Float32Array(60_000);
    data.set([-3, 5], 30_000);
    data[at] = odd;
    expect(new Histogram().look(data)).toEqual(seen);
  }
});
