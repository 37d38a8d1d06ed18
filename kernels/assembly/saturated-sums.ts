/**
 * Dot products as x86-64 CPUs without 8-bit dot-product instructions compute them: products of a uint8 and an int8 are
 * added by pairs into 16 bits, with saturation, and pairs into 32.
 *
 * Codes of either side stand in 16 bits each, in an order in which neighbours are pairs, with zeros up to a multiple of
 * eight. Source: Intel 64 and IA-32 Architectures Software Developer's Manual, PMADDUBSW.
 */
import { nearestEven } from './rounding';

const INT16_MAX: i32 = 32767;
const INT16_MIN: i32 = -32768;
/** |w| + |w| of a pair up to which 255 times it fits. */
const SAFE_SUM: i32 = 128;
/** Sums of as many vectors fit into 32 bits. */
const VECTORS: usize = 32768;

@inline
function saturated(pairs: v128): v128 {
  return i32x4.min_s(i32x4.max_s(pairs, i32x4.splat(INT16_MIN)), i32x4.splat(INT16_MAX));
}

@inline
function sumOfLanes(x: v128): f64 {
  return (
    <f64>i32x4.extract_lane(x, 0) +
    <f64>i32x4.extract_lane(x, 1) +
    <f64>i32x4.extract_lane(x, 2) +
    <f64>i32x4.extract_lane(x, 3)
  );
}

/**
 * QuantizeLinear to int8, zero point 0.
 *
 * @param length a multiple of eight
 * @returns 1 where there is a pair that saturates for some activations
 */
export function pairCodes(at: usize, length: i32, scale: f32, codes: usize): i32 {
  const scales = f32x4.splat(scale);
  const zero = i32x4.splat(0);
  const low = f32x4.splat(-128);
  const high = f32x4.splat(127);
  const safe = i32x4.splat(SAFE_SUM);
  let risky = zero;
  const end = at + (<usize>length << 2);
  for (; at < end; at += 32, codes += 16) {
    // The integer is in the low bits of the sum; what stands above is pushed out.
    const a = nearestEven(v128.load(at), scales, zero, low, high);
    const b = nearestEven(v128.load(at, 16), scales, zero, low, high);
    const both = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.shl(a, 16), 16), i32x4.shr_s(i32x4.shl(b, 16), 16));
    v128.store(codes, both);
    risky = v128.or(risky, i32x4.gt_s(i32x4.extadd_pairwise_i16x8_s(i16x8.abs(both)), safe));
  }
  return v128.any_true(risky) ? 1 : 0;
}

/** 1 where a pair of any of `count` rows of `length` codes saturates with these codes. */
export function anySaturates(rows: usize, count: i32, length: i32, codes: usize): i32 {
  const end = codes + (<usize>length << 1);
  for (let row = 0; row < count; row++) {
    let different = i32x4.splat(0);
    for (let at = codes; at < end; at += 16, rows += 16) {
      const pairs = i32x4.dot_i16x8_s(v128.load(rows), v128.load(at));
      different = v128.or(different, v128.xor(pairs, saturated(pairs)));
    }
    if (v128.any_true(different)) return 1;
  }
  return 0;
}

/** @param out sums of float64, one for each row */
export function saturatedSums(rows: usize, count: i32, length: i32, codes: usize, out: usize): void {
  const end = codes + (<usize>length << 1);
  for (let row = 0; row < count; row++, out += 8) {
    let all: f64 = 0;
    for (let at = codes; at < end; ) {
      const stop = end - at > VECTORS << 4 ? at + (VECTORS << 4) : end;
      let sum = i32x4.splat(0);
      for (; at < stop; at += 16, rows += 16)
        sum = i32x4.add(sum, saturated(i32x4.dot_i16x8_s(v128.load(rows), v128.load(at))));
      all += sumOfLanes(sum);
    }
    store<f64>(out, all);
  }
}

/**
 * Products of rows with the numbers themselves.
 *
 * @param numbers float32 @param zero code of zero in the rows @param out sums of float64, one for each row
 */
export function centredSums(rows: usize, count: i32, length: i32, numbers: usize, zero: i32, out: usize): void {
  const end = numbers + (<usize>length << 2);
  const zeros = i16x8.splat(<i16>zero);
  for (let row = 0; row < count; row++, out += 8) {
    let low = f64x2.splat(0);
    let high = low;
    for (let at = numbers; at < end; at += 32, rows += 16) {
      const centred = i16x8.sub(v128.load(rows), zeros);
      const a = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(centred)), v128.load(at));
      const b = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(centred)), v128.load(at, 16));
      const sum = f32x4.add(a, b);
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      high = f64x2.add(high, f64x2.promote_low_f32x4(i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)));
    }
    const both = f64x2.add(low, high);
    store<f64>(out, f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1));
  }
}
