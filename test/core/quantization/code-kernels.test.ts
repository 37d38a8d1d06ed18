import { expect, test } from 'vitest';
import { roundTrip, roundTripEnergies } from '../../../src/core/quantization/code-kernels.ts';

/** QuantizeLinear and DequantizeLinear as https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html has them, by comparing neighbours. */
function expected(x: number, scale: number, zeroPoint: number, min: number, max: number): number {
  const quotient = Math.fround(x / scale);
  const [below, above] = [Math.floor(quotient), Math.ceil(quotient)];
  const nearer = quotient - below - (above - quotient);
  const rounded = nearer < 0 || (nearer === 0 && below % 2 === 0) ? below : above;
  const code = Math.min(Math.max(rounded + zeroPoint, min), max);
  return (code - zeroPoint) * scale;
}

test.each([
  ['uint8', 0.25, 3, 0, 255],
  ['int8', 2 ** -5, 0, -128, 127],
  ['uint16', Math.fround(0.0007), 32_768, 0, 65_535],
  ['a scale near the smallest', 2 ** -126, 0, -128, 127],
])('%s: ties, both ends and what lies beyond', (_, scale, zeroPoint, min, max) => {
  const steps = [
    0,
    0.5,
    1.5,
    2.5,
    -0.5,
    -1.5,
    0.49,
    -0.51,
    min - zeroPoint,
    max - zeroPoint,
    max + 9,
    min - 70_000,
  ];
  const data = Float32Array.from(steps, step => step * scale);
  let [signal, noise] = [0, 0];
  for (const x of data) {
    signal += x ** 2;
    noise += (x - expected(x, scale, zeroPoint, min, max)) ** 2;
  }
  const there = data.map(x => expected(x, scale, zeroPoint, min, max));
  expect(roundTrip(data, { scale, zeroPoint }, { min, max })).toEqual(there);
  const found = roundTripEnergies(data, { scale, zeroPoint }, { min, max });
  expect(found.signal).toBeCloseTo(signal, 9);
  expect(found.noise / noise).toBeCloseTo(1, 12);
});
