/** Codes of rows that are cut into runs of neighbours with one scale each, in the order of the numbers. */
import { bytesOf, nearestEven, nearestUp, reciprocal, storeCode, storeCodes } from './rounding';

/**
 * QuantizeLinear to bytes, or to 16 bits where `wide`. `rows` rows of `length` numbers, each cut into runs of `run`; the last of a row may be short.
 *
 * @param scales [rows, ceil(length / run)] float32
 * @param zeroPoints the same of int32
 * @param low smallest and, `high`, largest code
 */
export function encodeRuns(
  at: usize,
  rows: i32,
  length: i32,
  run: i32,
  scales: usize,
  zeroPoints: usize,
  low: i32,
  high: i32,
  wide: bool,
  out: usize,
): void {
  const size: usize = wide ? 2 : 1;
  for (let row = 0; row < rows; row++)
    for (let start = 0; start < length; start += run) {
      const end = at + ((<usize>min(run, length - start)) << 2);
      const scale = v128.load32_splat(scales);
      const zero = load<i32>(zeroPoints);
      const zeroPoint = i32x4.splat(zero);
      const least = f32x4.splat(<f32>(low - zero));
      const most = f32x4.splat(<f32>(high - zero));
      for (; at + 64 <= end; at += 64, out += 16 * size)
        storeCodes(
          out,
          nearestEven(v128.load(at), scale, zeroPoint, least, most),
          nearestEven(v128.load(at, 16), scale, zeroPoint, least, most),
          nearestEven(v128.load(at, 32), scale, zeroPoint, least, most),
          nearestEven(v128.load(at, 48), scale, zeroPoint, least, most),
          wide,
        );
      for (; at < end; at += 4, out += size)
        storeCode(out, nearestEven(v128.load32_splat(at), scale, zeroPoint, least, most), wide);
      scales += 4;
      zeroPoints += 4;
    }
}

/** The rule of MatMulNBits to one byte a code. @param top the largest code; zeroPoints are int32 */
export function encodeBlockRuns(
  at: usize,
  rows: i32,
  length: i32,
  run: i32,
  scales: usize,
  zeroPoints: usize,
  top: i32,
  out: usize,
): void {
  const most = f32x4.splat(<f32>top);
  for (let row = 0; row < rows; row++)
    for (let start = 0; start < length; start += run) {
      const end = at + ((<usize>min(run, length - start)) << 2);
      const perUnit = reciprocal(v128.load32_splat(scales));
      const zeroPoint = f32x4.splat(<f32>load<i32>(zeroPoints));
      for (; at + 64 <= end; at += 64, out += 16)
        v128.store(
          out,
          bytesOf(
            nearestUp(v128.load(at), perUnit, zeroPoint, most),
            nearestUp(v128.load(at, 16), perUnit, zeroPoint, most),
            nearestUp(v128.load(at, 32), perUnit, zeroPoint, most),
            nearestUp(v128.load(at, 48), perUnit, zeroPoint, most),
          ),
        );
      for (; at < end; at += 4, out++)
        v128.store8_lane(out, nearestUp(v128.load32_splat(at), perUnit, zeroPoint, most), 0);
      scales += 4;
      zeroPoints += 4;
    }
}
