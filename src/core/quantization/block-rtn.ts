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
import { axisView } from '../tensor/reduce.ts';
import { blockExtents } from './block-extents.ts';
import type { WeightQuant } from './plan.ts';

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

/** @param data two-dimensional, all finite */
export function chooseBlocks(
  data: Float32Array,
  dims: readonly number[],
  options: BlockOptions,
): WeightQuant {
  const { bits, blockSize, symmetric, axis } = options;
  // Rows of [K, N] run across the blocks, rows of [N, K] along them: both are read in the order of memory.
  const { min, max } = blockExtents(data, axisView(dims, axis), blockSize);
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

/** Codes under parameters that are already chosen, one a byte, in the matrix's own order. */
export function encodeBlocks(data: Float32Array, dims: readonly number[], quant: WeightQuant): Uint8Array {
  const codes = new Uint8Array(data.length);
  forEachTile(data, dims, quant, (tile, { rowStride, columnStride }) => {
    for (let row = 0; row < tile.rows; row++)
      for (let column = 0; column < tile.columns; column++)
        codes[(tile.row + row) * rowStride + (tile.column + column) * columnStride] = tile.codes[
          row * tile.width + column
        ] as number;
  });
  return codes;
}

/** The codes as MatMulNBits reads them: [N][ceil(K / block)][block * bits / 8], the first of a byte in its low half. */
export function packCodes(data: Float32Array, dims: readonly number[], quant: WeightQuant): Uint8Array {
  const { blockSize = 1 } = quant;
  const bits = bitsOf(quant);
  const blockBytes = (blockSize * bits) / 8;
  const { columns, blocks } = blocksOf(dims, quant.axis ?? 0, blockSize);
  const packed = new Uint8Array(columns * blocks * blockBytes);
  forEachTile(data, dims, quant, ({ codes, width, rows, columns: count, column, block }) => {
    for (let c = 0; c < count; c++) {
      let at = ((column + c) * blocks + block) * blockBytes;
      if (bits === 8) for (let row = 0; row < rows; row++) packed[at++] = codes[row * width + c] as number;
      else {
        let from = c;
        for (let pair = rows >> 1; pair > 0; pair--, from += 2 * width)
          packed[at++] = (codes[from] as number) | ((codes[from + width] as number) << 4);
        if (rows & 1) packed[at] = codes[from] as number;
      }
    }
  });
  return packed;
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

/** The codes of one block of some neighbouring columns. */
interface Tile {
  /** By row and column of the tile; the next row begins `width` further on. Overwritten by the next tile. */
  readonly codes: Uint8Array;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
  /** Of the tile's first element in the matrix. */
  readonly row: number;
  readonly column: number;
  readonly block: number;
}

/** Columns of a tile: its rows are then a few cache lines, and the tile stays in the first cache while it is packed. */
const TILE_COLUMNS = 64;

function forEachTile(
  data: Float32Array,
  dims: readonly number[],
  quant: WeightQuant,
  take: (tile: Tile, shape: Blocks) => void,
): void {
  const { axis = 0, blockSize = 1 } = quant;
  const shape = blocksOf(dims, axis, blockSize);
  const { rowStride, columnStride } = shape;
  // Where columns lie one after the other, each is read along its length.
  const width = columnStride === 1 ? TILE_COLUMNS : 1;
  const codes = new Uint8Array(blockSize * width);
  const perUnit = new Float32Array(width);
  const zeroPoints = new Float32Array(width);
  const top = topOf(bitsOf(quant));
  for (let block = 0; block < shape.blocks; block++) {
    const row = block * blockSize;
    const rows = Math.min(blockSize, shape.rows - row);
    for (let column = 0; column < shape.columns; column += width) {
      const columns = Math.min(width, shape.columns - column);
      for (let c = 0; c < columns; c++) {
        const slot = slotOf(axis, shape, column + c, block);
        const scale = quant.scales[slot] as number;
        perUnit[c] = scale === 0 ? 0 : 1 / scale;
        zeroPoints[c] = quant.zeroPoints[slot] as number;
      }
      const start = row * rowStride + column * columnStride;
      const tile = { rowStride, columnStride, width, rows, columns, top };
      if (quant.codes) copyTile(quant.codes, start, tile, codes);
      else encodeTile(data, start, tile, codes, perUnit, zeroPoints);
      take({ codes, width, rows, columns, row, column, block }, shape);
    }
  }
}

interface TileShape {
  readonly rowStride: number;
  readonly columnStride: number;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
  readonly top: number;
}

/** Codes that were chosen already. */
function copyTile(
  chosen: Uint8Array,
  start: number,
  { rowStride, columnStride, width, rows, columns }: TileShape,
  codes: Uint8Array,
): void {
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      codes[r * width + c] = chosen[start + r * rowStride + c * columnStride] as number;
}

function encodeTile(
  data: Float32Array,
  start: number,
  { rowStride, columnStride, width, rows, columns, top }: TileShape,
  codes: Uint8Array,
  perUnit: Float32Array,
  zeroPoints: Float32Array,
): void {
  for (let r = 0; r < rows; r++) {
    const from = start + r * rowStride;
    const to = r * width;
    for (let c = 0; c < columns; c++) {
      const x = data[from + c * columnStride] as number;
      const scaled = Math.fround(Math.fround(x * (perUnit[c] as number)) + (zeroPoints[c] as number));
      // A negative sum is clamped to zero, so rounding halves up is rounding them away from zero.
      codes[to + c] = scaled < 0 ? 0 : scaled > top ? top : scaled + 0.5;
    }
  }
}
