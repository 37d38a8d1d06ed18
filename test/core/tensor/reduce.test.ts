import { describe, expect, it } from 'vitest';
import {
  absMaxAlong,
  axisView,
  extent,
  extentsAlong,
  firstNotFinite,
  isFiniteExtent,
} from '../../../src/core/tensor/reduce.ts';

describe('extent', () => {
  it('finds both ends', () => {
    expect(extent(Float32Array.of(3, -1, 2))).toEqual({ min: -1, max: 3 });
  });

  it('shows NaN and infinity wherever they lie', () => {
    for (let at = 0; at < 3; at++)
      for (const bad of [NaN, Infinity, -Infinity]) {
        const data = Float32Array.of(1, 2, 3);
        data[at] = bad;
        expect(isFiniteExtent(extent(data))).toBe(false);
        expect(firstNotFinite(data)).toBe(at);
      }
    expect(isFiniteExtent(extent(Float32Array.of(1)))).toBe(true);
    expect(firstNotFinite(Float32Array.of(1))).toBe(-1);
  });
});

describe('along an axis', () => {
  // numpy: a = ((np.arange(24) * 7) % 24 - 11).reshape(2, 3, 4); a.min((1, 2)), a.min((0, 2)), a.min((0, 1)), a.max(...)
  const data = Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 24) - 11);
  it.each([
    [0, [-11, -9], [11, 12]],
    [1, [-11, -10, -8], [10, 12, 11]],
    [2, [-11, -8, -9, -10], [9, 12, 11, 10]],
    [-1, [-11, -8, -9, -10], [9, 12, 11, 10]],
  ])('axis %i', (axis, min, max) => {
    const found = extentsAlong(data, [2, 3, 4], axis);
    expect([...found.min]).toEqual(min);
    expect([...found.max]).toEqual(max);
    expect([...absMaxAlong(data, [2, 3, 4], axis)]).toEqual(max.map((m, i) => Math.max(m, -min[i]!)));
  });

  it('carries NaN into its own channel only', () => {
    const found = extentsAlong(Float32Array.of(1, NaN, 2, 3), [2, 2], 0);
    expect([...found.max]).toEqual([NaN, 3]);
  });

  it('refuses an axis outside the rank', () => {
    expect(() => axisView([2, 2], 2)).toThrow(RangeError);
  });
});
