/**
 * A histogram with bins anchored at zero: an element x is counted in bin floor(x * perUnit) + 4096 of 8192.
 *
 * Adding 1.5 * 2^23 to a whole number leaves it in the low bits of the sum: one addition does for the conversion, which
 * takes four instructions where it has to saturate. Zeros, half of all elements behind a Relu, are counted by lanes of a
 * vector and sent to spare bins in turn: in one bin each count would wait for the one before. Indices go through
 * memory, which is faster than taking lanes out of a vector.
 */
const WHOLE: f32 = 12582912.0;
const HALF: f32 = 4096.0;
const MASK: i32 = 8191;
/** Bytes of indices that stay in the first-level cache. */
const BATCH: usize = 2048;

@inline function bump(bins: usize, offset: u32): void {
  const at = bins + offset;
  store<u32>(at, load<u32>(at) + 1);
}

/**
 * @param perUnit a power of two for which no product with an element leaves the normal numbers, and none reaches 4096
 * @param bins 8192 counts of 32 bits, and 8 more that hold nothing of use afterwards
 * @param indices room for 2048 bytes
 * @returns how many elements are zero; they are in no bin
 */
export function countBins(at: usize, length: i32, perUnit: f32, bins: usize, indices: usize): i32 {
  const scale = f32x4.splat(perUnit);
  const zero = f32x4.splat(0);
  const offset = f32x4.splat(WHOLE + HALF);
  const mask = i32x4.splat(MASK);
  const spare = i32x4(8192, 8193, 8194, 8195);
  const spare2 = i32x4(8196, 8197, 8198, 8199);
  let found = i32x4.splat(0);
  const end = at + (<usize>length << 2);
  while (at + 32 <= end) {
    const rest = (end - at) & ~31;
    const stop = indices + (rest < BATCH ? rest : BATCH);
    let to = indices;
    for (; to < stop; to += 32, at += 32) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const isZero = f32x4.eq(a, zero);
      const isZero2 = f32x4.eq(b, zero);
      const bin = v128.and(f32x4.add(f32x4.floor(f32x4.mul(a, scale)), offset), mask);
      const bin2 = v128.and(f32x4.add(f32x4.floor(f32x4.mul(b, scale)), offset), mask);
      found = i32x4.sub(found, i32x4.add(isZero, isZero2));
      v128.store(to, i32x4.shl(v128.bitselect(spare, bin, isZero), 2));
      v128.store(to, i32x4.shl(v128.bitselect(spare2, bin2, isZero2), 2), 16);
    }
    for (let from = indices; from < stop; from += 32) {
      bump(bins, load<u32>(from));
      bump(bins, load<u32>(from, 4));
      bump(bins, load<u32>(from, 8));
      bump(bins, load<u32>(from, 12));
      bump(bins, load<u32>(from, 16));
      bump(bins, load<u32>(from, 20));
      bump(bins, load<u32>(from, 24));
      bump(bins, load<u32>(from, 28));
    }
  }
  let zeros =
    i32x4.extract_lane(found, 0) +
    i32x4.extract_lane(found, 1) +
    i32x4.extract_lane(found, 2) +
    i32x4.extract_lane(found, 3);
  for (; at < end; at += 4) {
    const x = load<f32>(at);
    if (x == 0) zeros++;
    else bump(bins, <u32>(<i32>floor<f32>(x * perUnit) + 4096) << 2);
  }
  return zeros;
}
