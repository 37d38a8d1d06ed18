import { expect, it } from 'vitest';
import { tensorFromBytes, tensorOf } from '../../../src/core/tensor/tensor.ts';
import { arrayToFloat32, isNumeric, toFloat32 } from '../../../src/core/tensor/to-float32.ts';

it('gives float32 data back without a copy', () => {
  const data = Float32Array.of(1, 2);
  expect(arrayToFloat32('float32', data)).toBe(data);
  expect(toFloat32(tensorOf('float32', [2], data)).buffer).toBe(data.buffer);
});

it('reads every numeric type', () => {
  const cases = [
    [tensorOf('float64', [2], Float64Array.of(0.1, -2)), [Math.fround(0.1), -2]],
    [tensorOf('int8', [2], Int8Array.of(-128, 127)), [-128, 127]],
    [tensorOf('uint16', [1], Uint16Array.of(65535)), [65535]],
    [
      tensorOf('int64', [4], BigInt64Array.of(-1n, 5n, -(2n ** 40n), 2n ** 33n + 1n)),
      [-1, 5, -(2 ** 40), 2 ** 33],
    ],
    [tensorOf('uint64', [1], BigUint64Array.of(2n ** 64n - 1n)), [2 ** 64]],
    [tensorOf('float16', [2], Uint16Array.of(0x3c00, 0xc000)), [1, -2]],
    [tensorOf('bfloat16', [2], Uint16Array.of(0x3f80, 0xc000)), [1, -2]],
    [tensorOf('bool', [2], Uint8Array.of(0, 1)), [0, 1]],
    [tensorFromBytes('int4', [3], Uint8Array.of(0x78, 0x0f)), [-8, 7, -1]],
    [tensorFromBytes('uint4', [3], Uint8Array.of(0x78, 0x0f)), [8, 7, 15]],
  ] as const;
  for (const [tensor, values] of cases) {
    expect(isNumeric(tensor.dtype)).toBe(true);
    expect([...toFloat32(tensor)]).toEqual(values);
  }
});

it('refuses what has no numbers', () => {
  expect(isNumeric('string')).toBe(false);
  expect(() => toFloat32(tensorFromBytes('complex64', [1], new Uint8Array(8)))).toThrow(TypeError);
});
