import { describe, expect, it } from 'vitest';
import { median, quantile, ratioInterval } from '../../../src/core/metrics/quantiles.ts';

describe('quantiles', () => {
  // numpy.quantile([1, 2, 4, 8, 16, 32, 64], q)
  it.each([
    [0, 1],
    [0.5, 8],
    [0.9, 44.8],
    [0.99, 62.08],
    [1, 64],
  ])('%f as numpy.quantile', (q, expected) => {
    expect(quantile([1, 2, 4, 8, 16, 32, 64], q)).toBeCloseTo(expected, 10);
  });

  it('median of an even count, unsorted', () => {
    expect(median([9, 1, 4, 2])).toBe(3);
  });
});

describe('ratioInterval', () => {
  it('closes on an exact ratio', () => {
    const times = Array.from({ length: 50 }, (_, index) => 10 + (index % 7));
    const halves = times.map(time => time / 2);
    expect(ratioInterval(times, halves)).toEqual({ low: 2, high: 2 });
  });

  it('holds the true ratio of two noisy series and widens with the noise', () => {
    // A fixed low-discrepancy sequence stands for noise.
    const noise = (seed: number, size: number): number[] =>
      Array.from({ length: 101 }, (_, index) => 1 + size * ((((index + 1) * seed) % 1) - 0.5));
    const quiet = ratioInterval(noise(0.618034, 0.02), noise(0.414214, 0.02));
    const loud = ratioInterval(noise(0.618034, 0.5), noise(0.414214, 0.5));
    for (const interval of [quiet, loud]) {
      expect(interval.low).toBeLessThan(1.01);
      expect(interval.high).toBeGreaterThan(0.99);
    }
    expect(loud.high - loud.low).toBeGreaterThan(5 * (quiet.high - quiet.low));
  });
});
