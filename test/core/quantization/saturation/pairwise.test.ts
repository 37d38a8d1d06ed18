/** Expected values are those of the instruction's definition: SIGNED_SATURATE(a0 * b0 + a1 * b1) of 16 bits. */
import { expect, test } from 'vitest';
import {
  overshoot,
  pairOvershoot,
  riskyPairs,
} from '../../../../src/core/quantization/saturation/pairwise.ts';

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
  expect(a0 * w0 + a1 * w1 + pairOvershoot(a0, w0, a1, w1)).toBe(saturated);
});

test('a pair that is called safe never saturates, one that is not can', () => {
  for (let w0 = -128; w0 <= 127; w0++)
    for (let w1 = -128; w1 <= 127; w1++) {
      const extremes = [0, 255].flatMap(a0 => [0, 255].map(a1 => pairOvershoot(a0, w0, a1, w1)));
      if (riskyPairs(Int8Array.of(w0, w1)).length === 0)
        expect(extremes.every(each => each === 0)).toBe(true);
      // Codes of both signs never saturate: their sum is smaller than either.
      else if (w0 >= 0 === w1 >= 0) expect(extremes.some(each => each !== 0)).toBe(true);
    }
});

test('an odd depth ends with a single product, which fits', () => {
  const weights = Int8Array.of(127, 127, 127);
  expect(riskyPairs(weights)).toEqual([0]);
  const row = Uint8Array.of(255, 255, 255);
  expect(overshoot(row, Int32Array.of(0, 1, 2), weights, [0])).toBe(32767 - 2 * 255 * 127);
});
