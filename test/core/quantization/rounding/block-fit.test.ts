import { describe, expect, it } from 'vitest';
import { chooseBlocks } from '../../../../src/core/quantization/block-rtn.ts';
import { encodeBlocks } from '../../../../src/core/quantization/pack-blocks.ts';
import type { WeightQuant } from '../../../../src/core/quantization/plan.ts';
import type { BlockFit } from '../../../../src/core/quantization/rounding/block-fit.ts';
import { fitBlocks } from '../../../../src/core/quantization/rounding/blocks.ts';
import { halfQuadratic } from '../../../../src/core/quantization/rounding/half-quadratic.ts';
import { kQuant } from '../../../../src/core/quantization/rounding/k-quant.ts';
import { unpackUint4 } from '../../../../src/core/tensor/pack-int4.ts';
import { elementCount, type Tensor, tensorOf } from '../../../../src/core/tensor/tensor.ts';
import { copies } from '../../../support/copies.ts';
import { normal } from '../../../support/seeded.ts';

const COLUMNS = 24;

/** Heavy tails, as weights have. */
const weights = (rows: number): Float32Array =>
  normal(rows * COLUMNS, rows * 10 + COLUMNS).map(x => x * Math.abs(x));

type Importance = (block: readonly number[]) => (weight: number) => number;
const plain: Importance = () => () => 1;
const byKQuant: Importance = block => {
  const mean = Math.sqrt(block.reduce((sum, w) => sum + w * w, 0) / block.length);
  return weight => mean + Math.abs(weight);
};

interface Case {
  readonly rows: number;
  readonly blockSize: number;
  readonly bits: 4 | 8;
}

/** One a byte, in the order of the matrix. */
function codesOf(tensor: Tensor, quant: WeightQuant): Uint8Array {
  const bytes = Buffer.concat(copies(encodeBlocks(tensor, quant)));
  return quant.dtype === 'uint4' ? unpackUint4(bytes, elementCount(tensor.dims)) : bytes;
}

/** Σ importance (decoded - weight)², decoded as MatMulNBits does. */
function errorOf(
  { rows, blockSize, bits }: Case,
  importance: Importance,
  fit?: BlockFit,
  symmetric = false,
): number {
  const data = weights(rows);
  const dims = [rows, COLUMNS];
  const tensor = tensorOf('float32', dims, data);
  const nearest = chooseBlocks(tensor, { bits, blockSize, symmetric, axis: 0 });
  const quant = fit ? fitBlocks(data, dims, nearest, { fit, symmetric }) : nearest;
  const codes = codesOf(tensor, quant);
  let total = 0;
  for (let column = 0; column < COLUMNS; column++)
    for (let start = 0; start < rows; start += blockSize) {
      const at = Array.from(
        { length: Math.min(blockSize, rows - start) },
        (_, i) => (start + i) * COLUMNS + column,
      );
      const share = importance(at.map(i => data[i] as number));
      const slot = (start / blockSize) * COLUMNS + column;
      for (const i of at) {
        const decoded =
          ((codes[i] as number) - (quant.zeroPoints[slot] as number)) * (quant.scales[slot] as number);
        total += share(data[i] as number) * (decoded - (data[i] as number)) ** 2;
      }
    }
  return total;
}

// Errors over the whole matrix. Round-to-nearest and k-quant by onnxruntime 1.30 (quant_tensor_k_quant_cpu), HQQ by the
// steps of its paper in numpy, with real zero points. A last block may be short, a block may be longer than the matrix.
const EXPECTED: readonly (Case & {
  readonly weighted: readonly number[];
  readonly squared: readonly number[];
})[] = [
  { rows: 128, blockSize: 32, bits: 4, weighted: [259.2197, 254.9325], squared: [81.8671, 74.8479] },
  { rows: 73, blockSize: 32, bits: 4, weighted: [117.0943, 109.4871], squared: [36.3898, 34.2117] },
  { rows: 73, blockSize: 16, bits: 4, weighted: [77.7591, 75.9571], squared: [23.1276, 19.248] },
  { rows: 20, blockSize: 32, bits: 4, weighted: [33.6899, 28.7609], squared: [9.9791, 9.1153] },
  { rows: 128, blockSize: 64, bits: 8, weighted: [1.4019, 1.3717], squared: [0.4901, 0.4545] },
  { rows: 73, blockSize: 32, bits: 8, weighted: [0.4556, 0.4687], squared: [0.1531, 0.1304] },
];

describe.each(EXPECTED)(
  '[$rows, 24] in blocks of $blockSize, $bits bits',
  ({ weighted, squared, ...shape }) => {
    it('round-to-nearest is what others compute', () => {
      expect(errorOf(shape, byKQuant) / (weighted[0] as number)).toBeCloseTo(1, 3);
      expect(errorOf(shape, plain) / (squared[0] as number)).toBeCloseTo(1, 3);
    });

    it('k-quant is no worse than the reference and better than round-to-nearest', () => {
      const error = errorOf(shape, byKQuant, kQuant);
      expect(error).toBeLessThan((weighted[1] as number) * 1.0001);
      expect(error).toBeLessThan((weighted[0] as number) * 0.97);
    });

    it('hqq keeps most of what real zero points gain', () => {
      const error = errorOf(shape, plain, halfQuadratic);
      expect(error).toBeLessThan((squared[1] as number) * 1.09);
      expect(error).toBeLessThan((squared[0] as number) * 0.97);
    });

    it.each([
      ['k-quant', kQuant, byKQuant],
      ['hqq', halfQuadratic, plain],
    ] as const)('symmetric grids gain too: %s', (_name, fit, importance) => {
      expect(errorOf(shape, importance, fit, true)).toBeLessThan(
        errorOf(shape, importance, undefined, true) * 0.98,
      );
    });
  },
);

it.each([
  ['zeros', [0, 0, 0, 0]],
  ['equal weights', [0.3, 0.3, 0.3, 0.3]],
  ['one that is tiny', [1e-40, 0, 0, 0]],
  ['one that is huge', [3e38, -1, 1, 0]],
])('a block of %s keeps finite scales and is decoded as well as by round-to-nearest', (_name, block) => {
  for (const fit of [kQuant, halfQuadratic])
    for (const symmetric of [false, true]) {
      const data = Float32Array.from(block);
      const tensor = tensorOf('float32', [4, 1], data);
      const options = { bits: 4, blockSize: 4, symmetric, axis: 0 } as const;
      const decoded = (quant: ReturnType<typeof chooseBlocks>): number =>
        codesOf(tensor, quant).reduce(
          (sum, code, i) =>
            sum +
            Math.abs(
              (code - (quant.zeroPoints[0] as number)) * (quant.scales[0] as number) - (data[i] as number),
            ),
          0,
        );
      const quant = fitBlocks(data, [4, 1], chooseBlocks(tensor, options), { fit, symmetric });
      expect(Number.isFinite(quant.scales[0])).toBe(true);
      expect(decoded(quant)).toBeLessThanOrEqual(decoded(chooseBlocks(tensor, options)) * 1.0001);
    }
});
