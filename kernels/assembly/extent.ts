/**
 * Smallest and largest element, and the largest size, which is NaN where an element is.
 *
 * As integers the bits of sizes stand in the order of the sizes: infinity is 0x7f800000, every NaN lies above. pmin and
 * pmax are one instruction where min and max, which carry NaN along, are five; with the running end as first operand
 * they pass over NaN, and the bits tell that there was one.
 */

/** @param out three float32: smallest, largest, largest size; infinities and 0 where there is no element */
export function extent(at: usize, length: i32, out: usize): void {
  const sizes = i32x4.splat(0x7fffffff);
  let low = f32x4.splat(Infinity);
  let high = f32x4.splat(-Infinity);
  let size = i32x4.splat(0);
  // Two of each: an instruction need not wait for the one before.
  let low2 = low;
  let high2 = high;
  let size2 = size;
  const end = at + (<usize>length << 2);
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    low = f32x4.pmin(low, a);
    low2 = f32x4.pmin(low2, b);
    high = f32x4.pmax(high, a);
    high2 = f32x4.pmax(high2, b);
    size = i32x4.max_s(size, v128.and(a, sizes));
    size2 = i32x4.max_s(size2, v128.and(b, sizes));
  }
  for (; at < end; at += 4) {
    const a = v128.load32_splat(at);
    low = f32x4.pmin(low, a);
    high = f32x4.pmax(high, a);
    size = i32x4.max_s(size, v128.and(a, sizes));
  }
  low = f32x4.pmin(low, low2);
  high = f32x4.pmax(high, high2);
  size = i32x4.max_s(size, size2);
  low = f32x4.pmin(low, i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  high = f32x4.pmax(high, i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  size = i32x4.max_s(size, i8x16.shuffle(size, size, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const lowA = f32x4.extract_lane(low, 0);
  const lowB = f32x4.extract_lane(low, 1);
  const highA = f32x4.extract_lane(high, 0);
  const highB = f32x4.extract_lane(high, 1);
  const sizeA = i32x4.extract_lane(size, 0);
  const sizeB = i32x4.extract_lane(size, 1);
  store<f32>(out, lowA < lowB ? lowA : lowB);
  store<f32>(out, highA > highB ? highA : highB, 4);
  store<i32>(out, sizeA > sizeB ? sizeA : sizeB, 8);
}
