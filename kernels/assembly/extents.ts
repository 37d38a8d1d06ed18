/**
 * Smallest and largest element of many slices at once: of columns (`extentOfRows`) and of runs of neighbours
 * (`extentOfRuns`). How NaN and infinity are found: extent.ts.
 *
 * Both take the ends that are there already along, so that a slice may come in several parts. Of two zeros the first is
 * kept.
 */

/** Bits of a float32 without its sign. */
const SIZE: i32 = 0x7fffffff;

/**
 * Of `rows` rows of `width` numbers, `block` rows have their ends in common, column by column.
 *
 * @param low [ceil(rows / block), width] float32
 * @returns the bits of the largest size: 0x7f800000 and above where an element is infinite or NaN
 */
export function extentOfRows(at: usize, rows: i32, width: i32, block: i32, low: usize, high: usize): i32 {
  const sizes = i32x4.splat(SIZE);
  const bytes = <usize>width << 2;
  let size = i32x4.splat(0);
  for (let row = 0; row < rows; row += block) {
    const end = at + bytes * <usize>min(block, rows - row);
    let column: usize = 0;
    // 16 columns are a cache line: their ends stay in registers all the way down.
    for (; column + 64 <= bytes; column += 64) {
      let low0 = v128.load(low + column);
      let low1 = v128.load(low + column, 16);
      let low2 = v128.load(low + column, 32);
      let low3 = v128.load(low + column, 48);
      let high0 = v128.load(high + column);
      let high1 = v128.load(high + column, 16);
      let high2 = v128.load(high + column, 32);
      let high3 = v128.load(high + column, 48);
      for (let from = at + column; from < end; from += bytes) {
        const a = v128.load(from);
        const b = v128.load(from, 16);
        const c = v128.load(from, 32);
        const d = v128.load(from, 48);
        low0 = f32x4.pmin(low0, a);
        low1 = f32x4.pmin(low1, b);
        low2 = f32x4.pmin(low2, c);
        low3 = f32x4.pmin(low3, d);
        high0 = f32x4.pmax(high0, a);
        high1 = f32x4.pmax(high1, b);
        high2 = f32x4.pmax(high2, c);
        high3 = f32x4.pmax(high3, d);
        const ab = i32x4.max_s(v128.and(a, sizes), v128.and(b, sizes));
        const cd = i32x4.max_s(v128.and(c, sizes), v128.and(d, sizes));
        size = i32x4.max_s(size, i32x4.max_s(ab, cd));
      }
      v128.store(low + column, low0);
      v128.store(low + column, low1, 16);
      v128.store(low + column, low2, 32);
      v128.store(low + column, low3, 48);
      v128.store(high + column, high0);
      v128.store(high + column, high1, 16);
      v128.store(high + column, high2, 32);
      v128.store(high + column, high3, 48);
    }
    for (; column < bytes; column += 4) {
      let lowest = v128.load32_splat(low + column);
      let highest = v128.load32_splat(high + column);
      for (let from = at + column; from < end; from += bytes) {
        const a = v128.load32_splat(from);
        lowest = f32x4.pmin(lowest, a);
        highest = f32x4.pmax(highest, a);
        size = i32x4.max_s(size, v128.and(a, sizes));
      }
      store<f32>(low + column, f32x4.extract_lane(lowest, 0));
      store<f32>(high + column, f32x4.extract_lane(highest, 0));
    }
    at = end;
    low += bytes;
    high += bytes;
  }
  return largestLane(size);
}

/**
 * Of `rows` rows of `length` numbers, each cut into runs of `run`; the last of a row may be short.
 *
 * @param low [rows, ceil(length / run)] float32
 * @returns as above
 */
export function extentOfRuns(at: usize, rows: i32, length: i32, run: i32, low: usize, high: usize): i32 {
  const sizes = i32x4.splat(SIZE);
  let size = i32x4.splat(0);
  for (let row = 0; row < rows; row++)
    for (let start = 0; start < length; start += run) {
      const end = at + ((<usize>min(run, length - start)) << 2);
      let lowest = v128.load32_splat(low);
      let highest = v128.load32_splat(high);
      for (; at + 16 <= end; at += 16) {
        const a = v128.load(at);
        lowest = f32x4.pmin(lowest, a);
        highest = f32x4.pmax(highest, a);
        size = i32x4.max_s(size, v128.and(a, sizes));
      }
      for (; at < end; at += 4) {
        const a = v128.load32_splat(at);
        lowest = f32x4.pmin(lowest, a);
        highest = f32x4.pmax(highest, a);
        size = i32x4.max_s(size, v128.and(a, sizes));
      }
      lowest = f32x4.pmin(lowest, swapHalves(lowest));
      highest = f32x4.pmax(highest, swapHalves(highest));
      const lowA = f32x4.extract_lane(lowest, 0);
      const lowB = f32x4.extract_lane(lowest, 1);
      const highA = f32x4.extract_lane(highest, 0);
      const highB = f32x4.extract_lane(highest, 1);
      store<f32>(low, lowB < lowA ? lowB : lowA);
      store<f32>(high, highB > highA ? highB : highA);
      low += 4;
      high += 4;
    }
  return largestLane(size);
}

@inline
function swapHalves(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

function largestLane(x: v128): i32 {
  const a = max(i32x4.extract_lane(x, 0), i32x4.extract_lane(x, 1));
  return max(a, max(i32x4.extract_lane(x, 2), i32x4.extract_lane(x, 3)));
}
