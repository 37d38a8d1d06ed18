/** Against the error of the product itself, on grids that are written out here in float64. */
import { expect, test } from 'vitest';
import { expectedError } from '../../../../src/core/quantization/helpers/expected-error.ts';
import { normal, uniform } from '../../../support/seeded.ts';

const [ROWS, CHANNELS, OUTPUTS] = [400, 48, 32];
/** Some channels are far larger than the rest. */
const rows = normal(ROWS * CHANNELS, 1).map((x, i) => (i % 8 === 3 ? 20 * x : x) + 0.1);
const weights = normal(OUTPUTS * CHANNELS, 2);
const scales = Float64Array.from(uniform(CHANNELS, 3), (u, k) => (k % 8 === 3 ? 15 : 1) * (0.5 + u));
const none = scales.map(() => 1);

const extent = (data: ArrayLike<number>) => {
  const all = Array.from(data);
  return { min: Math.min(...all, 0), max: Math.max(...all, 0) };
};

/** uint8 by the extent of all rows; weights symmetric, one scale for each output, for each block or for all. */
function measured(by: Float64Array, most: number, span: number, perOutput = true): number {
  const x = Float64Array.from(rows, (each, i) => each / by[i % CHANNELS]!);
  const w = Float64Array.from(weights, (each, i) => each * by[i % CHANNELS]!);
  const { min, max } = extent(x);
  const step = (max - min) / 255;
  const zero = Math.round(-min / step);
  const onGrid = x.map(each => (Math.max(0, Math.min(255, Math.round(each / step) + zero)) - zero) * step);
  const largest = (part: Float64Array) => part.reduce((size, each) => Math.max(size, Math.abs(each)), 0);
  const coded = w.map((each, i) => {
    const at = Math.floor(i / span) * span;
    const unit = largest(perOutput ? w.subarray(at, at + span) : w) / most;
    return Math.round(each / unit) * unit;
  });
  let sum = 0;
  for (let row = 0; row < ROWS; row++)
    for (let n = 0; n < OUTPUTS; n++) {
      let error = 0;
      for (let k = 0; k < CHANNELS; k++) {
        const [a, b] = [row * CHANNELS + k, n * CHANNELS + k];
        error += onGrid[a]! * coded[b]! - x[a]! * w[b]!;
      }
      sum += error ** 2;
    }
  return sum / ROWS;
}

const read = {
  rows,
  channels: CHANNELS,
  activation: { dtype: 'uint8', symmetric: false },
  rangeOf: extent,
} as const;

test.each([
  ['int8, a scale for each output', { dtype: 'int8', symmetric: true, axis: 0 }, 127, CHANNELS, true],
  ['int8, one scale', { dtype: 'int8', symmetric: true }, 127, CHANNELS, false],
] as const)(
  '%s: the expected error is within 8 %% of the measured one',
  (_, weight, most, span, perOutput) => {
    for (const by of [none, scales]) {
      const expected = expectedError(read, [{ weights, weight }], by);
      const real = measured(by, most, span, perOutput);
      expect(Math.abs(expected / real - 1)).toBeLessThan(0.08);
    }
  },
);

test('products that read the same rows: the sum of each by itself', () => {
  const weight = { dtype: 'int8', symmetric: true, axis: 0 } as const;
  const products = [weights, weights.map(x => x ** 3)].map(each => ({ weights: each, weight }));
  const [first, second] = products.map(each => expectedError(read, [each], scales)) as [number, number];
  expect(expectedError(read, products, scales)).toBe(first + second);
});
