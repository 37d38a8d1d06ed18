/**
 * Codes of MatMulNBits from a matrix [rows, columns], column after column: 16 columns by as many rows as 16 bytes of a
 * column hold are encoded row by row, and the square of 16 by 16 bytes is transposed.
 */
import { bytesOf, nearestUp, reciprocal } from './rounding';

/** Two squares, which the transposition writes in turn. */
const SQUARE = memory.data(512, 16);

/**
 * @param at [rows, columns] float32, beginning with a block
 * @param block rows with one row of scales in common; a multiple of `step` where it is larger
 * @param bits 4 or 8
 * @param scales [ceil(rows / block), columns] float32
 * @param zeroPoints the same of int32
 * @param out place of the first code of the first column; `stride` bytes further on that of the next column
 */
export function packColumns(
  at: usize,
  rows: i32,
  columns: i32,
  block: i32,
  bits: i32,
  scales: usize,
  zeroPoints: usize,
  out: usize,
  stride: usize,
): void {
  const step = 128 / bits;
  const rowBytes = <usize>columns << 2;
  for (let first = 0; first < rows; first += block) {
    const inBlock = min(block, rows - first);
    for (let row = 0; row < inBlock; row += step) {
      const count = min(step, inBlock - row);
      const bytes = (count * bits + 7) >> 3;
      const from = at + rowBytes * <usize>(first + row);
      const to = out + <usize>(((first + row) * bits) >> 3);
      let column = 0;
      for (; column + 16 <= columns; column += 16) {
        const offset = <usize>column << 2;
        encodeSquare(from + offset, count, rowBytes, bits, scales + offset, zeroPoints + offset);
        transpose(SQUARE, SQUARE + 256);
        transpose(SQUARE + 256, SQUARE);
        transpose(SQUARE, SQUARE + 256);
        transpose(SQUARE + 256, SQUARE);
        storeColumns(to + stride * <usize>column, stride, bytes);
      }
      for (; column < columns; column++) {
        const offset = <usize>column << 2;
        packColumn(from + offset, count, rowBytes, bits, scales + offset, zeroPoints + offset, to + stride * <usize>column);
      }
    }
    scales += rowBytes;
    zeroPoints += rowBytes;
  }
}

/** Row i of the square: codes of 16 columns, for 4 bits of the rows 2 i and 2 i + 1. Rows that are not there are zero. */
@inline
function encodeSquare(
  at: usize,
  count: i32,
  rowBytes: usize,
  bits: i32,
  scales: usize,
  zeroPoints: usize,
): void {
  const perUnit0 = reciprocal(v128.load(scales));
  const perUnit1 = reciprocal(v128.load(scales, 16));
  const perUnit2 = reciprocal(v128.load(scales, 32));
  const perUnit3 = reciprocal(v128.load(scales, 48));
  const zero0 = f32x4.convert_i32x4_s(v128.load(zeroPoints));
  const zero1 = f32x4.convert_i32x4_s(v128.load(zeroPoints, 16));
  const zero2 = f32x4.convert_i32x4_s(v128.load(zeroPoints, 32));
  const zero3 = f32x4.convert_i32x4_s(v128.load(zeroPoints, 48));
  const top = f32x4.splat(bits == 8 ? 255 : 15);
  let to = SQUARE;
  for (let row = 0; row < count; row++, at += rowBytes) {
    const codes = bytesOf(
      nearestUp(v128.load(at), perUnit0, zero0, top),
      nearestUp(v128.load(at, 16), perUnit1, zero1, top),
      nearestUp(v128.load(at, 32), perUnit2, zero2, top),
      nearestUp(v128.load(at, 48), perUnit3, zero3, top),
    );
    if (bits == 8) {
      v128.store(to, codes);
      to += 16;
    } else if (row & 1) {
      // Codes are below 16, so that nothing is shifted into a neighbour.
      v128.store(to, v128.or(v128.load(to), i16x8.shl(codes, 4)));
      to += 16;
    } else v128.store(to, codes);
  }
  if (bits == 4 && count & 1) to += 16;
  for (; to < SQUARE + 256; to += 16) v128.store(to, i32x4.splat(0));
}

/** Rows i and i + 8 are interleaved into 2 i and 2 i + 1; four times this is the transposition. */
@inline
function transpose(from: usize, to: usize): void {
  for (let i: usize = 0; i < 128; i += 16) {
    const a = v128.load(from + i);
    const b = v128.load(from + i, 128);
    v128.store(to + (i << 1), i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(
      to + (i << 1),
      i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
      16,
    );
  }
}

@inline
function storeColumns(to: usize, stride: usize, bytes: i32): void {
  for (let from = SQUARE; from < SQUARE + 256; from += 16, to += stride)
    if (bytes == 16) v128.store(to, v128.load(from));
    else if (bytes == 8) store<u64>(to, load<u64>(from));
    else for (let i: usize = 0; i < <usize>bytes; i++) store<u8>(to + i, load<u8>(from + i));
}

/** One column, code by code. */
function packColumn(
  at: usize,
  count: i32,
  rowBytes: usize,
  bits: i32,
  scales: usize,
  zeroPoints: usize,
  to: usize,
): void {
  const perUnit = reciprocal(v128.load32_splat(scales));
  const zeroPoint = f32x4.splat(<f32>load<i32>(zeroPoints));
  const top = f32x4.splat(bits == 8 ? 255 : 15);
  for (let row = 0; row < count; row++, at += rowBytes) {
    const code = <u8>(i32x4.extract_lane(nearestUp(v128.load32_splat(at), perUnit, zeroPoint, top), 0) & 0xff);
    if (bits == 8) store<u8>(to++, code);
    else if (row & 1) {
      store<u8>(to, load<u8>(to) | (code << 4));
      to++;
    } else store<u8>(to, code);
  }
}
