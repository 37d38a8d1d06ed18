/**
 * float32 to binary16, to nearest, ties to even.
 *
 * Normal results: moving the exponent and adding just under half of the bits that are dropped, and the lowest kept bit,
 * rounds by integer addition. Subnormal ones: adding 0.5 to the size aligns its last bit with the last bit of the sum.
 *
 * @param overflow the bits of what a finite number beyond the range becomes
 * @returns how many of those there were
 */
export function narrowFloat16(at: usize, count: i32, overflow: i32, out: usize): i32 {
  const end = at + (<usize>count << 2);
  let beyond = i32x4.splat(0);
  for (; at + 32 <= end; at += 32, out += 16) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    beyond = i32x4.add(beyond, i32x4.add(overflows(a), overflows(b)));
    v128.store(out, i16x8.narrow_i32x4_u(half(a, overflow), half(b, overflow)));
  }
  let total = -(
    i32x4.extract_lane(beyond, 0) +
    i32x4.extract_lane(beyond, 1) +
    i32x4.extract_lane(beyond, 2) +
    i32x4.extract_lane(beyond, 3)
  );
  for (; at < end; at += 4, out += 2) {
    const a = v128.load32_splat(at);
    total -= i32x4.extract_lane(overflows(a), 0);
    v128.store16_lane(out, half(a, overflow), 0);
  }
  return total;
}

const SIZE: i32 = 0x7fffffff;
const FLOAT32_INFINITY: i32 = 0x7f800000;
/** 65520: the first number that rounds beyond 65504. */
const OVERFLOW: i32 = 0x477ff000;
/** 2^-14, the smallest normal binary16. */
const SMALLEST_NORMAL: i32 = 0x38800000;
/** Moves the exponent's bias from 127 to 15 and adds just under half a unit of the 13 bits that are dropped. */
const REBIAS_AND_ROUND: i32 = ((15 - 127) << 23) + 0x0fff;

/** -1 where a number is finite and beyond the range. */
@inline
function overflows(x: v128): v128 {
  const size = v128.and(x, i32x4.splat(SIZE));
  return v128.and(
    i32x4.ge_s(size, i32x4.splat(OVERFLOW)),
    i32x4.lt_s(size, i32x4.splat(FLOAT32_INFINITY)),
  );
}

/** In the low 16 bits; those above are zero. */
@inline
function half(x: v128, overflow: i32): v128 {
  const size = v128.and(x, i32x4.splat(SIZE));
  const sign = v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000));
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  let bits = i32x4.shr_u(i32x4.add(size, i32x4.add(odd, i32x4.splat(REBIAS_AND_ROUND))), 13);
  const small = i32x4.lt_s(size, i32x4.splat(SMALLEST_NORMAL));
  const subnormal = i32x4.sub(f32x4.add(size, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  bits = v128.bitselect(subnormal, bits, small);
  bits = v128.bitselect(i32x4.splat(overflow), bits, i32x4.ge_s(size, i32x4.splat(OVERFLOW)));
  bits = v128.bitselect(i32x4.splat(0x7c00), bits, i32x4.ge_s(size, i32x4.splat(FLOAT32_INFINITY)));
  bits = v128.bitselect(i32x4.splat(0x7e00), bits, i32x4.gt_s(size, i32x4.splat(FLOAT32_INFINITY)));
  return v128.or(bits, sign);
}
