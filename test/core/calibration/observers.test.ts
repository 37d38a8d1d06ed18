import { describe, expect, it } from 'vitest';
import { CALIBRATORS } from '../../../src/core/calibration/index.ts';
import type { Grid } from '../../../src/core/calibration/observer.ts';
import { normal } from '../../support/seeded.ts';

const ASYMMETRIC: Grid = { levels: 256, symmetric: false };
const SYMMETRIC: Grid = { levels: 255, symmetric: true };
const BELL = normal(100_000, 1);
const TAILS = BELL.map(x => x ** 3);

function observerOf(id: string, grid: Grid, options: Record<string, unknown> = {}) {
  const calibrator = CALIBRATORS.get(id);
  if (!calibrator) throw new Error(`no observer ${id}`);
  return calibrator.create(options, grid);
}

function rangeOf(id: string, data: Float32Array, grid: Grid, options: Record<string, unknown> = {}) {
  const observer = observerOf(id, grid, options);
  observer.observe(data);
  return observer.range();
}

describe.each(CALIBRATORS.ids)('%s', id => {
  describe.each([ASYMMETRIC, SYMMETRIC])('on %o', grid => {
    it.each([
      ['normal', BELL],
      ['heavy-tailed', TAILS],
      ['rectified', BELL.map(x => Math.max(x, 0))],
      ['negative', BELL.map(x => -Math.abs(x))],
      ['growing', BELL.map((x, i) => x * 2 ** (i / 4000 - 12))],
    ])('does not depend on how %s data is cut into runs', (_name, data) => {
      const samples = 100;
      const size = data.length / samples;
      const [one, few, many] = [observerOf(id, grid), observerOf(id, grid), observerOf(id, grid)];
      one.observe(data, samples);
      for (let i = 0; i < samples; i += 25) few.observe(data.subarray(i * size, (i + 25) * size), 25);
      for (let i = 0; i < samples; i++) many.observe(data.subarray(i * size, (i + 1) * size));
      expect(few.range()).toEqual(one.range());
      expect(many.range()).toEqual(one.range());
      expect(many.extremes()).toEqual(one.extremes());
    });

    it.each([
      ['nothing', []],
      ['zeros', [0, 0, 0]],
      ['negative zero', [-0]],
      ['one value', [3.5]],
      ['a constant', [-2, -2, -2, -2]],
      ['the smallest float32', [2 ** -149, -(2 ** -149)]],
      ['the largest float32', [3.4028234663852886e38, -1]],
      ['an outlier', [...new Array(1000).fill(0), 1e30]],
    ])('gives a usable range for %s', (_name, values) => {
      const observer = observerOf(id, grid);
      observer.observe(Float32Array.from(values as number[]));
      const { min, max } = observer.range();
      expect(Number.isFinite(min) && Number.isFinite(max)).toBe(true);
      expect(min).toBeLessThanOrEqual(max);
      const seen = observer.extremes();
      const largest = Math.max(-seen.min, seen.max, 0);
      expect(Math.max(-min, max, 0)).toBeLessThanOrEqual(largest);
      if (largest > 0) expect(Math.max(-min, max)).toBeGreaterThan(0);
    });
  });
});

// Expected numbers: numpy 2, on the same data.
describe('min-max', () => {
  it('is the extent', () => {
    const { min, max } = rangeOf('min-max', BELL, ASYMMETRIC);
    expect(min).toBeCloseTo(-4.539622, 5);
    expect(max).toBeCloseTo(4.4846, 5);
  });
});

describe('moving-average', () => {
  it('is the mean of the samples or their exponential average', () => {
    const mean = observerOf('moving-average', ASYMMETRIC);
    const exponential = observerOf('moving-average', ASYMMETRIC, { momentum: 0.1 });
    mean.observe(BELL, 100);
    exponential.observe(BELL, 100);
    expect(mean.range().min).toBeCloseTo(-3.236555206775665, 5);
    expect(mean.range().max).toBeCloseTo(3.190657956600189, 5);
    expect(exponential.range().min).toBeCloseTo(-3.1114002290009983, 5);
    expect(exponential.range().max).toBeCloseTo(3.179290054480685, 5);
  });
});

describe('percentile', () => {
  it.each([
    ['normal', BELL, 99, -2.552434778213501, 2.5657446992397315, 2.5598916578292816],
    ['normal', BELL, 99.9, -3.2426202772855897, 3.19209513056281, 3.2215660457611097],
    ['heavy-tailed', TAILS, 99, -16.628916368484497, 16.890415258407607, 16.77508562088007],
    ['heavy-tailed', TAILS, 99.9, -34.09481101417585, 32.52576137733545, 33.4349847068787],
  ])('is numpy.percentile for %s data, within a bin', (_name, data, share, min, max, size) => {
    const bin = 128 / 4096;
    const free = rangeOf('percentile', data, ASYMMETRIC, { percentile: share });
    expect(Math.abs(free.min - min)).toBeLessThan(bin);
    expect(Math.abs(free.max - max)).toBeLessThan(bin);
    const even = rangeOf('percentile', data, SYMMETRIC, { percentile: share });
    expect(even.min).toBe(-even.max);
    expect(Math.abs(even.max - size)).toBeLessThan(bin);
  });

  it('keeps the whole range at 100', () => {
    const { min, max } = rangeOf('percentile', BELL, ASYMMETRIC, { percentile: 100 });
    expect({ min, max }).toEqual(rangeOf('min-max', BELL, ASYMMETRIC));
  });
});

describe('mse', () => {
  const error = (data: Float32Array, min: number, max: number, { levels, symmetric }: Grid): number => {
    const scale = (max - min) / (levels - 1);
    const low = symmetric ? -(levels - 1) / 2 : Math.round(min / scale);
    let sum = 0;
    for (const x of data)
      sum += (Math.min(Math.max(Math.round(x / scale), low), low + levels - 1) * scale - x) ** 2;
    return sum;
  };
  const few = TAILS.subarray(0, 4000);

  it.each([
    ['heavy-tailed, 15 symmetric levels', few, 15, true],
    ['heavy-tailed, 16 levels', few, 16, false],
    ['heavy-tailed, 256 levels', few, 256, false],
    ['rectified, 16 levels', few.map(x => Math.max(x, 0)), 16, false],
    ['normal, 15 symmetric levels', BELL.subarray(0, 4000), 15, true],
  ])('is as good as trying every pair of ends: %s', (_name, data, levels, symmetric) => {
    const grid = { levels, symmetric };
    const { min, max } = rangeOf('mse', data, grid);
    const seen = rangeOf('min-max', data, ASYMMETRIC);
    const low = Math.min(seen.min, 0);
    let best = Number.POSITIVE_INFINITY;
    const steps = 40;
    for (let i = 1; i <= steps; i++) {
      if (symmetric) {
        const size = (Math.max(-low, seen.max) * i) / steps;
        best = Math.min(best, error(data, -size, size, grid));
      } else
        for (let j = 1; j <= steps; j++)
          best = Math.min(best, error(data, (low * j) / steps, (seen.max * i) / steps, grid));
    }
    expect(error(data, min, max, grid)).toBeLessThan(1.05 * best);
  });

  it('is as good as trying every pair of ends for what a LeakyRelu makes of the value', () => {
    const slope = 0.1;
    const grid = { levels: 64, symmetric: false };
    const leaky = (x: number): number => (x < 0 ? slope * x : x);
    const behind = (data: Float32Array, min: number, max: number): number => {
      const scale = (max - min) / (grid.levels - 1);
      const low = Math.round(min / scale);
      let sum = 0;
      for (const x of data) {
        const code = Math.min(Math.max(Math.round(x / scale), low), low + grid.levels - 1);
        sum += (leaky(code * scale) - leaky(x)) ** 2;
      }
      return sum;
    };
    const data = BELL.subarray(0, 4000);
    const { min, max } = rangeOf('mse', data, { ...grid, belowZero: slope });
    const unaware = rangeOf('mse', data, grid);
    const seen = rangeOf('min-max', data, ASYMMETRIC);
    let best = Number.POSITIVE_INFINITY;
    for (let i = 1; i <= 40; i++)
      for (let j = 1; j <= 40; j++)
        best = Math.min(best, behind(data, (seen.min * j) / 40, (seen.max * i) / 40));
    expect(behind(data, min, max)).toBeLessThan(1.05 * best);
    expect(behind(data, unaware.min, unaware.max)).toBeGreaterThan(1.1 * best);
  });
});
