import { describe, expect, test } from 'vitest';
import { PIECE_NUMBERS } from '../../../src/core/kernels/workspace.ts';
import { narrowFloat16 } from '../../../src/core/quantization/narrow-float16.ts';
import { packBlocks } from '../../../src/core/quantization/pack-blocks.ts';
import type { WeightQuant } from '../../../src/core/quantization/plan.ts';
import { encodeWeight } from '../../../src/core/quantization/weights.ts';
import { type PayloadReader, type Tensor, tensorOf } from '../../../src/core/tensor/tensor.ts';
import { copies } from '../../support/copies.ts';
import { uniform } from '../../support/seeded.ts';

/** QuantizeLinear, as ONNX writes it, without saturation: the scales leave room. */
const quantized = (x: number, scale: number): number => {
  const quotient = Math.fround(x / scale);
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? 1 : 0);
};

/** What lies in a file: it can be read in parts and must not be read as a whole. */
function inFile(tensor: Tensor): Tensor & { readonly readers: { open: number } } {
  const readers = { open: 0 };
  const bytes = tensor.bytes();
  const open = (): PayloadReader => {
    readers.open++;
    return {
      read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
      close: () => readers.open--,
    };
  };
  const whole = (): never => {
    throw new Error('read as a whole');
  };
  return {
    dtype: tensor.dtype,
    dims: tensor.dims,
    byteLength: tensor.byteLength,
    bytes: whole,
    open,
    readers,
  };
}

// Shorter than a piece, longer than one, rows longer than one, none of them a divisor of a piece.
const SHAPES: readonly (readonly [number, number])[] = [
  [7, 13],
  [300, 451],
  [3, PIECE_NUMBERS + 77],
  [PIECE_NUMBERS + 5, 3],
];

describe.each(SHAPES)('[%d, %d]', (rows, columns) => {
  const data = Float32Array.from(uniform(rows * columns, rows), x => x - 0.5);
  const tensor = inFile(tensorOf('float32', [rows, columns], data));

  test.each([
    [undefined, undefined],
    [0, undefined],
    [1, undefined],
    [0, 32],
    [1, 32],
  ])('codes of axis %s in blocks of %s are those of the formula, in pieces', (axis, blockSize) => {
    const slotOf = (r: number, c: number): number => {
      if (axis === undefined) return 0;
      if (blockSize === undefined) return axis === 0 ? r : c;
      return axis === 0
        ? Math.floor(r / blockSize) * columns + c
        : r * Math.ceil(columns / blockSize) + Math.floor(c / blockSize);
    };
    const count = slotOf(rows - 1, columns - 1) + 1;
    const scales = Float32Array.from({ length: count }, (_, i) => 0.01 + (i % 7) / 500);
    const quant: WeightQuant = {
      dtype: 'int8',
      ...(axis !== undefined && { axis }),
      ...(blockSize !== undefined && { blockSize }),
      scales,
      zeroPoints: Int32Array.from(scales, (_, i) => i % 3),
    };
    const codes = new Int8Array(Buffer.concat(copies(encodeWeight(tensor, quant).pieces!())));
    const wrong = data.findIndex((x, i) => {
      const slot = slotOf(Math.floor(i / columns), i % columns);
      return codes[i] !== quantized(x, scales[slot]!) + (slot % 3);
    });
    expect(codes).toHaveLength(data.length);
    expect(wrong).toBe(-1);
    expect(tensor.readers.open).toBe(0);
  });

  test.each([
    [0, 4],
    [1, 4],
    [0, 8],
    [1, 8],
  ] as const)('blocks along axis %d in %d bits are packed column by column', (axis, bits) => {
    const blockSize = 16;
    const [size, count] = axis === 0 ? [rows, columns] : [columns, rows];
    const blocks = Math.ceil(size / blockSize);
    const slotOf = (k: number, n: number): number =>
      axis === 0 ? Math.floor(k / blockSize) * count + n : n * blocks + Math.floor(k / blockSize);
    const scales = Float32Array.from(
      { length: blocks * count },
      (_, i) => (0.1 + (i % 5) / 40) / 2 ** (bits - 4),
    );
    const zeroPoints = Int32Array.from(scales, (_, i) => 2 ** (bits - 1) - (i % 4));
    const dtype = bits === 4 ? 'uint4' : 'uint8';
    const packed = Buffer.concat(copies(packBlocks(tensor, { dtype, axis, blockSize, scales, zeroPoints })));
    const columnBytes = (blocks * blockSize * bits) / 8;
    expect(packed).toHaveLength(count * columnBytes);
    let wrong = 0;
    for (let n = 0; n < count; n++)
      for (let k = 0; k < blocks * blockSize; k++) {
        const byte = packed[n * columnBytes + ((k * bits) >> 3)]!;
        const code = bits === 8 ? byte : k & 1 ? byte >> 4 : byte & 15;
        const slot = k < size ? slotOf(k, n) : 0;
        const x = k < size ? data[axis === 0 ? k * columns + n : n * columns + k]! : 0;
        const perUnit = Math.fround(1 / scales[slot]!);
        const sum = Math.fround(Math.fround(x * perUnit) + zeroPoints[slot]!);
        const expected = k < size ? Math.floor(Math.min(Math.max(sum, 0), 2 ** bits - 1) + 0.5) : 0;
        if (code !== expected) wrong++;
      }
    expect(wrong).toBe(0);
    expect(tensor.readers.open).toBe(0);
  });
});

test('a walk that is given up closes the file, and another may go on meanwhile', () => {
  const tensor = inFile(tensorOf('float32', [200_000], Float32Array.from(uniform(200_000, 1))));
  const quant: WeightQuant = {
    dtype: 'uint8',
    scales: Float32Array.of(1 / 255),
    zeroPoints: Int32Array.of(0),
  };
  const expected = encodeWeight(tensor, quant).bytes();
  const first = encodeWeight(tensor, quant).pieces!()[Symbol.iterator]();
  const piece = first.next().value as Uint8Array;
  expect(encodeWeight(tensor, quant).bytes()).toEqual(expected);
  expect(piece).toEqual(expected.subarray(0, piece.length));
  first.return?.();
  expect(tensor.readers.open).toBe(0);
});

/** The number that binary16 bits stand for: IEEE 754, section 3.4. */
function decoded(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

test('float16: every finite number, halves between neighbours to the even one, and beyond the range the largest', () => {
  const numbers: number[] = [];
  const expected: number[] = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    numbers.push(decoded(bits), -decoded(bits));
    expected.push(bits, bits | 0x8000);
    if (bits === 0x7bff) continue;
    const half = (decoded(bits) + decoded(bits + 1)) / 2;
    numbers.push(half, half * (1 + 2 ** -20), half * (1 - 2 ** -20));
    expected.push(bits + (bits & 1), bits + 1, bits);
  }
  numbers.push(65519, 65520, -1e9, 3e38, Number.POSITIVE_INFINITY, Number.NaN);
  expected.push(0x7bff, 0x7bff, 0xfbff, 0x7bff, 0x7c00, 0x7e00);
  const tensor = tensorOf('float32', [numbers.length], Float32Array.from(numbers));
  const bytes = Buffer.concat(copies(narrowFloat16(tensor)));
  expect([...new Uint16Array(bytes.buffer, bytes.byteOffset, numbers.length)]).toEqual(expected);
});
