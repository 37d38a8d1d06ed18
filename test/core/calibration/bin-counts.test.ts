import { expect, it } from 'vitest';
import { BINS_PER_SIDE, BinCounts } from '../../../src/core/calibration/bin-counts.ts';

it('counts past what 32 bits hold, and joins what was put by with the rest', () => {
  const counts = new BinCounts();
  for (let i = 0; i < 3; i++) {
    counts.expect(2 ** 31 + 5);
    counts.recent[BINS_PER_SIDE + 2] = (counts.recent[BINS_PER_SIDE + 2] as number) + 2 ** 31;
    counts.recent[BINS_PER_SIDE - 3] = (counts.recent[BINS_PER_SIDE - 3] as number) + 5;
  }
  expect(counts.all()[BINS_PER_SIDE + 2]).toBe(3 * 2 ** 31);
  expect(counts.all()[BINS_PER_SIDE - 3]).toBe(15);
  counts.join(2);
  expect(counts.all()[BINS_PER_SIDE + 1]).toBe(3 * 2 ** 31);
  expect(counts.all()[BINS_PER_SIDE - 2]).toBe(15);
  expect(counts.all().reduce((sum, count) => sum + count)).toBe(3 * (2 ** 31 + 5));
});
