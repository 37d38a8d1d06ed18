/**
 * Codes as MatMulNBits reads them: [N][ceil(K / block)][block * bits / 8], 4-bit codes two to a byte, the first in the low
 * half; what a short block lacks is zero.
 *
 * Invariant: made in strips of columns, which follow one another in the result, so that memory does not grow with the
 * matrix. The codes are those of encode-matrix.ts.
 */
import { PIECE_NUMBERS, Workspace } from '../kernels/workspace.ts';
import { packInt4 } from '../tensor/pack-int4.ts';
import { openFloat32 } from '../tensor/payload.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type BlockBits, type Blocks, bitsOf, blocksOf } from './block-rtn.ts';
import { type Coding, encodeMatrix, encoderOf } from './encode-matrix.ts';
import type { WeightQuant } from './plan.ts';
import { type Sharing, sharingOf, walkMatrix } from './walk-matrix.ts';

/** Bytes of a strip: about what the second-level cache holds beside the piece that is read. */
const STRIP_BYTES = 2 ** 23;
/** Rows that are read at one time at the least: those of 16 bytes of a column of 4-bit codes. */
const MIN_ROWS = 32;
/** Columns that the kernel takes at a time. */
const KERNEL_COLUMNS = 16;

/** @param tensor [K, N], or [N, K] where the axis of the blocks is 1. A piece is good until the next is asked for. */
export function packBlocks(tensor: Tensor, quant: WeightQuant): Iterable<Uint8Array> {
  const { axis = 0, blockSize = 1, codes } = quant;
  if (codes) return [packChosen(codes, tensor.dims, quant)];
  const bits = bitsOf(quant);
  const shape = blocksOf(tensor.dims, axis, blockSize);
  if (axis === 0) return packColumns(tensor, quant, shape, bits);
  const { rows: length, columns: rows } = shape;
  const sharing = { by: 'runs', rows, length, run: blockSize, repeat: rows } as const;
  const coding = { rule: 'MatMulNBits', bits } as const;
  // Without short blocks nothing stands between two columns.
  return length % blockSize === 0
    ? encodeMatrix(tensor, sharing, quant, coding)
    : Workspace.yields(space => packPadded(tensor, sharing, quant, coding, space));
}

/**
 * Codes in the order of the constant, 4-bit ones two to a byte without regard to rows: ONNX `raw_data` of uint4 and uint8.
 * A piece is good until the next is asked for.
 */
export function encodeBlocks(tensor: Tensor, quant: WeightQuant): Iterable<Uint8Array> {
  const { codes } = quant;
  const bits = bitsOf(quant);
  if (codes) return [bits === 4 ? packInt4(codes) : codes];
  return encodeMatrix(tensor, sharingOf(tensor.dims, quant), quant, { rule: 'MatMulNBits', bits });
}

/** Codes that were chosen already, one a byte in the order of the constant. */
function packChosen(chosen: Uint8Array, dims: readonly number[], quant: WeightQuant): Uint8Array {
  const { axis = 0, blockSize = 1 } = quant;
  const bits = bitsOf(quant);
  const { rows, columns, blocks, rowStride, columnStride } = blocksOf(dims, axis, blockSize);
  const columnBytes = (blocks * blockSize * bits) / 8;
  const packed = new Uint8Array(columns * columnBytes);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const code = chosen[row * rowStride + column * columnStride] as number;
      const at = column * columnBytes + ((row * bits) >> 3);
      packed[at] = bits === 4 && row & 1 ? (packed[at] as number) | (code << 4) : code;
    }
  return packed;
}

/** Columns that lie one after the other in the matrix: each is a row of `sharing`. */
function* packPadded(
  tensor: Tensor,
  sharing: Sharing & { by: 'runs' },
  quant: WeightQuant,
  coding: Coding,
  space: Workspace,
): Generator<Uint8Array> {
  const { kernels, result } = space;
  const { bits } = coding;
  const perRow = Math.ceil(sharing.length / sharing.run);
  const blockBytes = (sharing.run * bits) / 8;
  const encode = encoderOf(sharing, quant, coding, space);
  // Codes stand one to a byte behind what is given out.
  const codes = result.length - PIECE_NUMBERS;
  let filled = 0;
  for (const piece of walkMatrix(tensor, sharing, space)) {
    encode(piece, result.at + codes);
    const blocks = piece.slots / piece.rows;
    const isEnd = (piece.slot + blocks) % perRow === 0;
    const packed = Math.ceil((piece.width * bits) / 8);
    const rowBytes = isEnd ? blocks * blockBytes : packed;
    for (let row = 0; row < piece.rows; row++) {
      const from = codes + row * piece.width;
      if (filled + rowBytes > codes) {
        yield result.array.subarray(0, filled);
        filled = 0;
      }
      if (bits === 4) kernels.packNibbles(result.at + from, piece.width, result.at + filled);
      else result.array.copyWithin(filled, from, from + piece.width);
      result.array.fill(0, filled + packed, filled + rowBytes);
      filled += rowBytes;
    }
  }
  yield result.array.subarray(0, filled);
}

/** Columns whose elements lie a row apart. */
function packColumns(
  tensor: Tensor,
  { scales, zeroPoints, blockSize = 1 }: WeightQuant,
  { rows, columns, blocks }: Blocks,
  bits: BlockBits,
): Iterable<Uint8Array> {
  const columnBytes = (blocks * blockSize * bits) / 8;
  const widest = Math.min(Math.floor(STRIP_BYTES / columnBytes), PIECE_NUMBERS / MIN_ROWS, columns);
  const strip = widest < columns ? Math.max(widest - (widest % KERNEL_COLUMNS), KERNEL_COLUMNS) : columns;
  return Workspace.yields(function* ({ kernels, source, floats, zeroPoints: zeros, result }) {
    const reader = openFloat32(tensor);
    const fitting = Math.floor(PIECE_NUMBERS / strip);
    // Whole blocks, or a part of one that ends where a byte of every column does.
    const step = fitting >= blockSize ? fitting - (fitting % blockSize) : fitting - (fitting % MIN_ROWS);
    try {
      for (let column = 0; column < columns; column += strip) {
        const width = Math.min(strip, columns - column);
        for (let row = 0; row < rows; ) {
          const taken = Math.min(step, rows - row, step < blockSize ? blockSize - (row % blockSize) : step);
          if (width === columns) reader.read(row * columns, source.array.subarray(0, taken * width));
          else
            for (let r = 0; r < taken; r++)
              reader.read((row + r) * columns + column, source.array.subarray(r * width, (r + 1) * width));
          const firstBlock = Math.floor(row / blockSize);
          for (let b = 0; b < Math.ceil(taken / blockSize); b++) {
            const slot = (firstBlock + b) * columns + column;
            floats.array.set(scales.subarray(slot, slot + width), b * width);
            zeros.array.set(zeroPoints.subarray(slot, slot + width), b * width);
          }
          const out = result.at + (row * bits) / 8;
          kernels.packColumns(
            source.at,
            taken,
            width,
            blockSize,
            bits,
            floats.at,
            zeros.at,
            out,
            columnBytes,
          );
          row += taken;
        }
        const end = (rows * bits + 7) >> 3;
        if (end < columnBytes)
          for (let c = 0; c < width; c++) result.array.fill(0, c * columnBytes + end, (c + 1) * columnBytes);
        yield result.array.subarray(0, width * columnBytes);
      }
    } finally {
      reader.close();
    }
  }, strip * columnBytes);
}
