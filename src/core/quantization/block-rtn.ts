/**
 * Round-to-nearest in blocks of one column: grids, and how com.microsoft.MatMulNBits lays them out (codes: pack-blocks.ts).
 *
 *   symmetric    scale = -m / 2^(bits-1), m the end of the block's range that is larger in size; zero point 2^(bits-1).
 *                The larger side gets the longer half of the codes, so a scale may be negative.
 *   asymmetric   scale = (max - min) / (2^bits - 1) over the range widened to hold zero; zero point round(-min / scale)
 *   code         clamp(round(x * (1 / scale) + zero point)), halves away from zero, every step in float32
 *
 * Invariant: codes, scales and zero points equal those of onnxruntime's MlasQuantizeBlockwise bit for bit. A block of
 * zeros has scale 0 and decodes to zeros. The matrix is read as [K, N], or as [N, K] where `axis` is 1.
 *
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftmatmulnbits
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { WeightQuant } from './plan.ts';
import { sharingOf } from './walk-matrix.ts';
import { weightExtents } from './weight-extents.ts';

export type BlockBits = 4 | 8;

export interface BlockOptions {
  readonly bits: BlockBits;
  readonly blockSize: number;
  readonly symmetric: boolean;
  /** The axis that is summed over: 0 for MatMul, 1 for Gemm with transB. */
  readonly axis: 0 | 1;
}

export interface Blocks {
  readonly rows: number;
  readonly columns: number;
  readonly blocks: number;
  /** Distance in memory between neighbours of one column, and between neighbouring columns. */
  readonly rowStride: number;
  readonly columnStride: number;
}

export function blocksOf(dims: readonly number[], axis: number, blockSize: number): Blocks {
  const [d0 = 0, d1 = 0] = dims;
  const [rows, columns] = axis === 0 ? [d0, d1] : [d1, d0];
  const blocks = Math.ceil(rows / blockSize);
  return { rows, columns, blocks, rowStride: axis === 0 ? d1 : 1, columnStride: axis === 0 ? 1 : d1 };
}

/** Position of a block's parameters in the opset-21 layout that WeightQuant has. */
export function slotOf(axis: number, { blocks, columns }: Blocks, column: number, block: number): number {
  return axis === 0 ? block * columns + column : column * blocks + block;
}

const middleOf = (bits: BlockBits): number => 2 ** (bits - 1);
const topOf = (bits: BlockBits): number => 2 ** bits - 1;
export const bitsOf = ({ dtype }: WeightQuant): BlockBits => (dtype === 'uint4' ? 4 : 8);

/** @param tensor two-dimensional. @throws BitpressError model_invalid where it is not finite */
export function chooseBlocks(tensor: Tensor, options: BlockOptions, name = ''): WeightQuant {
  const { bits, blockSize, symmetric, axis } = options;
  const { blocks, columns } = blocksOf(tensor.dims, axis, blockSize);
  const { min, max } = weightExtents(tensor, sharingOf(tensor.dims, options), blocks * columns, name);
  const scales = new Float32Array(min.length);
  const zeroPoints = new Int32Array(min.length);
  const middle = middleOf(bits);
  const top = topOf(bits);
  if (symmetric) {
    zeroPoints.fill(middle);
    for (let slot = 0; slot < scales.length; slot++) {
      const [low, high] = [min[slot] as number, max[slot] as number];
      scales[slot] = -(Math.abs(high) > Math.abs(low) ? high : low) / middle;
    }
  } else
    for (let slot = 0; slot < scales.length; slot++) {
      const low = Math.min(min[slot] as number, 0);
      const scale = Math.fround(Math.fround(Math.max(max[slot] as number, 0) - low) / top);
      scales[slot] = scale;
      const zeroPoint = scale === 0 ? 0 : Math.fround(-low / scale);
      zeroPoints[slot] = Math.min(Math.floor(zeroPoint + 0.5), top);
    }
  return { dtype: bits === 4 ? 'uint4' : 'uint8', axis, blockSize, scales, zeroPoints };
}

/** [N][ceil(K / block)] */
export function packScales(dims: readonly number[], quant: WeightQuant): Float32Array {
  const { axis = 0, blockSize = 1, scales } = quant;
  if (axis === 1) return scales;
  const { columns, blocks } = blocksOf(dims, axis, blockSize);
  const packed = new Float32Array(scales.length);
  for (let column = 0, at = 0; column < columns; column++)
    for (let block = 0; block < blocks; block++) packed[at++] = scales[block * columns + column] as number;
  return packed;
}

/**
 * [N][ceil(blocks * bits / 8)]; undefined where every zero point is the middle code, the operator's default, unless those
 * are wanted too.
 */
export function packZeroPoints(
  dims: readonly number[],
  quant: WeightQuant,
  withDefault = false,
): Uint8Array | undefined {
  const { axis = 0, blockSize = 1, zeroPoints } = quant;
  const bits = bitsOf(quant);
  if (!withDefault && zeroPoints.every(zeroPoint => zeroPoint === middleOf(bits))) return undefined;
  const shape = blocksOf(dims, axis, blockSize);
  const bytes = Math.ceil((shape.blocks * bits) / 8);
  const packed = new Uint8Array(shape.columns * bytes);
  for (let column = 0; column < shape.columns; column++)
    for (let block = 0; block < shape.blocks; block++) {
      const code = zeroPoints[slotOf(axis, shape, column, block)] as number;
      const at = column * bytes + (bits === 8 ? block : block >> 1);
      packed[at] = (packed[at] as number) | (bits === 4 && block & 1 ? code << 4 : code);
    }
  return packed;
}
