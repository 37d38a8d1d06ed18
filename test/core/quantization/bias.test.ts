import { describe, expect, it } from 'vitest';
import { quantizeBias, quantizeBiasOf } from '../../../src/core/quantization/bias.ts';
import { chooseWeightQuant } from '../../../src/core/quantization/weights.ts';
import { tensor } from '../../support/model-builder.ts';

describe('quantizeBias', () => {
  it('rounds half to even at input scale * weight scale', () => {
    const made = quantizeBias(Float32Array.of(0.5, -0.75, 1.25, 2), 0.5, Float32Array.of(0.5, 0.5, 1, 0.25));
    expect([...made.codes]).toEqual([2, -3, 2, 16]); // 1.25 / 0.5 = 2.5
    expect([...made.scales]).toEqual([0.25, 0.25, 0.5, 0.125]);
    expect(made.raised).toBe(0);
  });

  it('uses one scale for all where the weight has one', () => {
    expect([...quantizeBias(Float32Array.of(1, 2, 3), 1, Float32Array.of(0.5)).codes]).toEqual([2, 4, 6]);
  });

  it('raises a weight scale that would overflow int32, and only that one', () => {
    const bias = Float32Array.of(5, 1);
    const made = quantizeBias(bias, Math.fround(1e-3), Float32Array.of(1e-9, 0.01));
    expect(made.raised).toBe(1);
    expect(made.weightScales[1]).toBe(Math.fround(0.01));
    // the least scale that fits: 5 / 1e-3 / (2^31 - 1)
    expect(made.weightScales[0]! / (5 / 1e-3 / 2147483647)).toBeCloseTo(1, 3);
    expect(made.codes[0]).toBeLessThan(2147483647);
    made.codes.forEach((code, i) => {
      expect(code * made.scales[i]!).toBeCloseTo(bias[i]!, 3);
    });
  });

  it('keeps the bias of an all-zero channel exact', () => {
    const made = quantizeBias(Float32Array.of(0.337, 0), 0.05, Float32Array.of(1, 1), () => true);
    expect(made.codes[0]! * made.scales[0]!).toBeCloseTo(0.337, 7);
    expect([...made.codes][1]).toBe(0);
    expect(made.raised).toBe(0);
  });

  it.each([0, undefined])('sees which channels of a constant are all zero, axis %s', axis => {
    const zeros = axis === undefined ? [0, 0, 0, 0] : [0.5, -0.25, 0, 0];
    const weight = tensor('float32', [2, 2], zeros);
    const quant = chooseWeightQuant(weight, {
      dtype: 'int8',
      symmetric: true,
      ...(axis !== undefined && { axis }),
    });
    const made = quantizeBiasOf(tensor('float32', [2], [0.1, 0.337]), weight, 0.05, quant);
    // Far finer than the step of 0.05 that a scale of 1 would give.
    expect(made.codes[1]! * made.scales.at(-1)!).toBeCloseTo(0.337, 7);
  });

  it('never makes a subnormal scale', () => {
    const made = quantizeBias(Float32Array.of(1e-30), 1e-20, Float32Array.of(1e-25));
    expect(made.scales[0]).toBeGreaterThanOrEqual(2 ** -126);
    expect(made.raised).toBe(1);
  });
});
