import { expect, it } from 'vitest';
import { BINS_PER_SIDE, Histogram } from '../../../src/core/calibration/histogram.ts';
import { normal } from '../../support/seeded.ts';

// numpy.histogram(data, bins=8192, range=(-8, 8)) groups as the definition below does.
it('counts what lies between the edges of each bin, after any number of widenings', () => {
  const data = normal(50_000, 3).map((x, i) => (i % 3 === 0 ? 0 : x * 2 ** ((i % 40) - 39)));
  data[49_999] = -5;
  const histogram = new Histogram();
  for (let i = 0; i < data.length; i += 1000) histogram.add(data.subarray(i, i + 1000));
  expect(histogram.width).toBe(8 / BINS_PER_SIDE);
  const expected = new Float64Array(2 * BINS_PER_SIDE);
  const sorted = data.toSorted();
  let at = 0;
  for (let k = -BINS_PER_SIDE; k < BINS_PER_SIDE; k++)
    for (const edge = (k + 1) * histogram.width; at < sorted.length && (sorted[at] as number) < edge; at++)
      expected[k + BINS_PER_SIDE] = (expected[k + BINS_PER_SIDE] as number) + 1;
  expect(histogram.counts).toEqual(expected);
  expect(histogram.total).toBe(data.length);
  expect(histogram.zeros).toBe(data.filter(x => x === 0).length);
});
