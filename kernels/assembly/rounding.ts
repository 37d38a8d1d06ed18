/**
 * From numbers to codes, sixteen or one at a time, by either of two rules. All steps are in float32.
 *
 *   QuantizeLinear   round_half_even(clamp(x / scale)) + zero_point, clamped to what the codes leave room for
 *   MatMulNBits      floor(clamp(x * (1 / scale) + zero_point) + 1/2); a scale of zero gives the zero point
 *
 * A number of magnitude below 2^22 is rounded by adding 1.5 * 2^23: the sum has no fraction bits left, addition rounds half
 * to even, and the integer stands in the low bits of the sum, modulo 2^16. What stands above is cut off.
 */

const MAGIC: f32 = 12582912;

@inline
export function nearestEven(x: v128, scale: v128, zeroPoint: v128, low: v128, high: v128): v128 {
  const quotient = f32x4.pmin(f32x4.pmax(f32x4.div(x, scale), low), high);
  return i32x4.add(f32x4.add(quotient, f32x4.splat(MAGIC)), zeroPoint);
}

/** Halves upwards, which after the clamp is away from zero. The sum of x + 1/2 itself could be rounded up. */
@inline
export function nearestUp(x: v128, perUnit: v128, zeroPoint: v128, top: v128): v128 {
  // With zero as first operand NaN becomes zero.
  const sum = f32x4.add(f32x4.mul(x, perUnit), zeroPoint);
  const clamped = f32x4.pmin(f32x4.pmax(f32x4.splat(0), sum), top);
  const rounded = f32x4.add(clamped, f32x4.splat(MAGIC));
  const rest = f32x4.sub(clamped, f32x4.sub(rounded, f32x4.splat(MAGIC)));
  // A comparison that holds is -1.
  return i32x4.sub(rounded, f32x4.eq(rest, f32x4.splat(0.5)));
}

/** 1 / scale, and 0 for 0. */
@inline
export function reciprocal(scale: v128): v128 {
  return v128.andnot(f32x4.div(f32x4.splat(1), scale), f32x4.eq(scale, f32x4.splat(0)));
}

/** Writes the low halves, or bytes, of sixteen integers. */
@inline
export function storeCodes(out: usize, a: v128, b: v128, c: v128, d: v128, wide: bool): void {
  if (!wide) {
    v128.store(out, bytesOf(a, b, c, d));
    return;
  }
  const mask = i32x4.splat(0xffff);
  v128.store(out, i16x8.narrow_i32x4_u(v128.and(a, mask), v128.and(b, mask)));
  v128.store(out, i16x8.narrow_i32x4_u(v128.and(c, mask), v128.and(d, mask)), 16);
}

/** The same of one. */
@inline
export function storeCode(out: usize, code: v128, wide: bool): void {
  if (wide) v128.store16_lane(out, code, 0);
  else v128.store8_lane(out, code, 0);
}

/** Low bytes of sixteen integers. */
@inline
export function bytesOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const mask = i32x4.splat(0xff);
  const ab = i16x8.narrow_i32x4_u(v128.and(a, mask), v128.and(b, mask));
  const cd = i16x8.narrow_i32x4_u(v128.and(c, mask), v128.and(d, mask));
  return i8x16.narrow_i16x8_u(ab, cd);
}
