/** Codes of rows whose neighbours have neighbouring scales, in the order of the numbers. */
import { bytesOf, nearestEven, nearestUp, reciprocal, storeCode, storeCodes } from './rounding';

/**
 * QuantizeLinear to bytes, or to 16 bits where `wide`. Of `rows` rows of `width` numbers, `block` rows have one row of scales in common.
 *
 * @param scales [ceil(rows / block), width] float32
 * @param zeroPoints the same of int32
 * @param low smallest and, `high`, largest code
 */
export function encodeRows(
  at: usize,
  rows: i32,
  width: i32,
  block: i32,
  scales: usize,
  zeroPoints: usize,
  low: i32,
  high: i32,
  wide: bool,
  out: usize,
): void {
  const size: usize = wide ? 2 : 1;
  for (let row = 0, left = block; row < rows; row++) {
    let column = 0;
    for (; column + 16 <= width; column += 16, at += 64, out += 16 * size) {
      const from = <usize>column << 2;
      storeCodes(
        out,
        quotients(at, scales + from, zeroPoints + from, low, high),
        quotients(at + 16, scales + from + 16, zeroPoints + from + 16, low, high),
        quotients(at + 32, scales + from + 32, zeroPoints + from + 32, low, high),
        quotients(at + 48, scales + from + 48, zeroPoints + from + 48, low, high),
        wide,
      );
    }
    for (; column < width; column++, at += 4, out += size) {
      const from = <usize>column << 2;
      const zero = load<i32>(zeroPoints + from);
      const least = f32x4.splat(<f32>(low - zero));
      const most = f32x4.splat(<f32>(high - zero));
      const scale = v128.load32_splat(scales + from);
      storeCode(out, nearestEven(v128.load32_splat(at), scale, i32x4.splat(zero), least, most), wide);
    }
    if (--left == 0) {
      left = block;
      scales += <usize>width << 2;
      zeroPoints += <usize>width << 2;
    }
  }
}

@inline
function quotients(at: usize, scales: usize, zeroPoints: usize, low: i32, high: i32): v128 {
  const zeroPoint = v128.load(zeroPoints);
  const least = f32x4.convert_i32x4_s(i32x4.sub(i32x4.splat(low), zeroPoint));
  const most = f32x4.convert_i32x4_s(i32x4.sub(i32x4.splat(high), zeroPoint));
  return nearestEven(v128.load(at), v128.load(scales), zeroPoint, least, most);
}

/** The rule of MatMulNBits to one byte a code. @param top the largest code; zeroPoints are int32 */
export function encodeBlockRows(
  at: usize,
  rows: i32,
  width: i32,
  block: i32,
  scales: usize,
  zeroPoints: usize,
  top: i32,
  out: usize,
): void {
  const most = f32x4.splat(<f32>top);
  for (let row = 0, left = block; row < rows; row++) {
    let column = 0;
    for (; column + 16 <= width; column += 16, at += 64, out += 16) {
      const from = <usize>column << 2;
      v128.store(
        out,
        bytesOf(
          scaled(at, scales + from, zeroPoints + from, most),
          scaled(at + 16, scales + from + 16, zeroPoints + from + 16, most),
          scaled(at + 32, scales + from + 32, zeroPoints + from + 32, most),
          scaled(at + 48, scales + from + 48, zeroPoints + from + 48, most),
        ),
      );
    }
    for (; column < width; column++, at += 4, out++) {
      const from = <usize>column << 2;
      const perUnit = reciprocal(v128.load32_splat(scales + from));
      const zeroPoint = f32x4.splat(<f32>load<i32>(zeroPoints + from));
      v128.store8_lane(out, nearestUp(v128.load32_splat(at), perUnit, zeroPoint, most), 0);
    }
    if (--left == 0) {
      left = block;
      scales += <usize>width << 2;
      zeroPoints += <usize>width << 2;
    }
  }
}

@inline
function scaled(at: usize, scales: usize, zeroPoints: usize, top: v128): v128 {
  const zeroPoint = f32x4.convert_i32x4_s(v128.load(zeroPoints));
  return nearestUp(v128.load(at), reciprocal(v128.load(scales)), zeroPoint, top);
}
