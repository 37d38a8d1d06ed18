import { expect, test } from 'vitest';
import { extentOf } from '../../../src/core/kernels/extent.ts';
import { KernelMemory } from '../../../src/core/kernels/memory.ts';
import { PIECE } from '../../../src/core/kernels/pieces.ts';
import { anywhere } from './anywhere.ts';

/** IEEE 754: minimum and maximum that carry NaN along. */
function plain(data: Float32Array): { min: number; max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of data) {
    if (Number.isNaN(x)) return { min: x, max: x };
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return { min: min + 0, max: max + 0 };
}

const TINY = 2 ** -149;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const SPECIAL: readonly (readonly number[])[] = [
  [],
  [0],
  [-0],
  [-0, 0, -0],
  [TINY],
  [-TINY, TINY, 0],
  [LARGEST, -LARGEST],
  [Number.POSITIVE_INFINITY, 1],
  [1, Number.NEGATIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NaN],
  [Number.POSITIVE_INFINITY, Number.NaN],
  [3, 2, 1],
  [-1, -2, -3],
];

test.each(SPECIAL.map(values => [values]))('%j', values => {
  for (const data of anywhere(Float32Array.from(values)))
    expect(extentOf(data)).toEqual(plain(Float32Array.from(values)));
});

test('every position of every short length, at any alignment', () => {
  for (let length = 1; length <= 37; length++)
    for (let position = 0; position < length; position++)
      for (const x of [-9, 9, Number.NaN, Number.NEGATIVE_INFINITY]) {
        const values = Float32Array.from({ length }, (_, i) => Math.sin(i));
        values[position] = x;
        for (const data of anywhere(values)) expect(extentOf(data)).toEqual(plain(values));
      }
});

test('a NaN with the sign bit, one with the smallest payload', () => {
  for (const bits of [0xffc0_0000, 0x7f80_0001, 0xff80_0001]) {
    const data = new Float32Array(Uint32Array.of(0, bits, 0).buffer);
    expect(extentOf(data)).toEqual({ min: Number.NaN, max: Number.NaN });
  }
});

test('arrays of several pieces', () => {
  for (const length of [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
    for (const position of [0, PIECE - 1, length - 1]) {
      const data = Float32Array.from({ length }, (_, i) => Math.cos(i));
      data[position] = -2;
      expect(extentOf(data)).toEqual(plain(data));
    }
});

test('reads the array alone, not what lies behind it', () => {
  const { array } = new KernelMemory(1024).take(Float32Array, 64);
  array.fill(Number.NaN);
  array.fill(1, 3, 10);
  expect(extentOf(array.subarray(3, 10))).toEqual({ min: 1, max: 1 });
});
