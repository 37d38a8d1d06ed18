/**
 * Round-to-nearest in blocks of one column, and the packing of com.microsoft.MatMulNBits.
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
import type { WeightQuant } from './plan.ts';

export type BlockBits = 4 | 8;

export interface BlockOptions {
  readonly bits: BlockBits;
  readonly blockSize: number;
  readonly symmetric: boolean;
  /** The axis that is summed over: 0 for MatMul, 1 for Gemm with transB. */
  readonly axis: 0 | 1;
}

/** What MatMulNBits reads: codes [N][ceil(K / block)][block * bits / 8], scales [N][ceil(K / block)]. */
export interface PackedBlocks {
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
  /** [N][ceil(blocks * bits / 8)]; undefined where every zero point is the middle code, the operator's default. */
  readonly zeroPoints: Uint8Array | undefined;
}

interface Blocks {
  readonly rows: number;
  readonly columns: number;
  readonly blocks: number;
  /** Distance in memory between neighbours of one column, and between neighbouring columns. */
  readonly rowStride: number;
  readonly columnStride: number;
}

function blocksOf(dims: readonly number[], axis: number, blockSize: number): Blocks {
  const [d0 = 0, d1 = 0] = dims;
  const [rows, columns] = axis === 0 ? [d0, d1] : [d1, d0];
  const blocks = Math.ceil(rows / blockSize);
  return { rows, columns, blocks, rowStride: axis === 0 ? d1 : 1, columnStride: axis === 0 ? 1 : d1 };
}

/** Position of a block's parameters in the opset-21 layout that WeightQuant has. */
function slotOf(axis: number, { blocks, columns }: Blocks, column: number, block: number): number {
  return axis === 0 ? block * columns + column : column * blocks + block;
}

/** @param data two-dimensional, all finite */
export function chooseBlocks(
  data: Float32Array,
  dims: readonly number[],
  options: BlockOptions,
): WeightQuant {
  const { bits, blockSize, symmetric, axis } = options;
  const shape = blocksOf(dims, axis, blockSize);
  const scales = new Float32Array(shape.blocks * shape.columns);
  const zeroPoints = new Int32Array(scales.length);
  const middle = middleOf(bits);
  const top = 2 ** bits - 1;
  for (let column = 0; column < shape.columns; column++)
    for (let block = 0; block < shape.blocks; block++) {
      let min = Number.POSITIVE_INFINITY;
      let max = Number.NEGATIVE_INFINITY;
      const end = Math.min((block + 1) * blockSize, shape.rows);
      for (let row = block * blockSize; row < end; row++) {
        const x = data[row * shape.rowStride + column * shape.columnStride] as number;
        min = Math.min(min, x);
        max = Math.max(max, x);
      }
      const slot = slotOf(axis, shape, column, block);
      if (symmetric) {
        scales[slot] = -(Math.abs(max) > Math.abs(min) ? max : min) / middle;
        zeroPoints[slot] = middle;
      } else {
        min = Math.min(min, 0);
        const scale = Math.fround(Math.fround(Math.max(max, 0) - min) / top);
        scales[slot] = scale;
        const zeroPoint = scale === 0 ? 0 : Math.fround(-min / scale);
        zeroPoints[slot] = Math.min(Math.floor(zeroPoint + 0.5), top);
      }
    }
  return { dtype: bits === 4 ? 'uint4' : 'uint8', axis, blockSize, scales, zeroPoints };
}

/** Codes under parameters that are already chosen, one a byte, in the matrix's own order. */
export function encodeBlocks(data: Float32Array, dims: readonly number[], quant: WeightQuant): Uint8Array {
  const { axis = 0, blockSize = 1 } = quant;
  const shape = blocksOf(dims, axis, blockSize);
  const codes = new Uint8Array(data.length);
  for (let column = 0; column < shape.columns; column++)
    for (let block = 0; block < shape.blocks; block++) {
      const code = encoder(quant, slotOf(axis, shape, column, block));
      const end = Math.min((block + 1) * blockSize, shape.rows);
      for (let row = block * blockSize; row < end; row++) {
        const at = row * shape.rowStride + column * shape.columnStride;
        codes[at] = code(data[at] as number);
      }
    }
  return codes;
}

/** The same packed as MatMulNBits reads them. */
export function packBlocks(data: Float32Array, dims: readonly number[], quant: WeightQuant): PackedBlocks {
  const { axis = 0, blockSize = 1 } = quant;
  const bits: BlockBits = quant.dtype === 'uint4' ? 4 : 8;
  const shape = blocksOf(dims, axis, blockSize);
  const encoded = encodeBlocks(data, dims, quant);
  const blockBytes = (blockSize * bits) / 8;
  const codes = new Uint8Array(shape.columns * shape.blocks * blockBytes);
  const scales = new Float32Array(shape.columns * shape.blocks);
  const zeroBytes = Math.ceil((shape.blocks * bits) / 8);
  const zeroPoints = new Uint8Array(shape.columns * zeroBytes);
  for (let column = 0; column < shape.columns; column++) {
    for (let block = 0; block < shape.blocks; block++) {
      const slot = slotOf(axis, shape, column, block);
      scales[column * shape.blocks + block] = quant.scales[slot] as number;
      put(zeroPoints, column * zeroBytes, block, quant.zeroPoints[slot] as number, bits);
    }
    // A block's bytes are whole, so a column's codes follow one another without a gap.
    const start = column * shape.blocks * blockBytes;
    for (let row = 0; row < shape.rows; row++)
      put(codes, start, row, encoded[row * shape.rowStride + column * shape.columnStride] as number, bits);
  }
  const byDefault = quant.zeroPoints.every(zeroPoint => zeroPoint === middleOf(bits));
  return { codes, scales, zeroPoints: byDefault ? undefined : zeroPoints };
}

const middleOf = (bits: BlockBits): number => 2 ** (bits - 1);

function encoder(quant: WeightQuant, slot: number): (x: number) => number {
  const scale = quant.scales[slot] as number;
  const zeroPoint = quant.zeroPoints[slot] as number;
  const perUnit = scale === 0 ? 0 : Math.fround(1 / scale);
  const top = quant.dtype === 'uint4' ? 15 : 255;
  return x => {
    const scaled = Math.fround(Math.fround(x * perUnit) + zeroPoint);
    // A negative sum is clamped to zero, so rounding halves up is rounding them away from zero.
    return Math.min(Math.max(Math.floor(scaled + 0.5), 0), top);
  };
}

/** Writes element `index` of the packed run that starts at byte `start`, the first of a byte in its low half. */
function put(bytes: Uint8Array, start: number, index: number, code: number, bits: BlockBits): void {
  if (bits === 8) bytes[start + index] = code;
  else {
    const at = start + (index >>> 1);
    bytes[at] = (bytes[at] as number) | (index & 1 ? code << 4 : code);
  }
}
