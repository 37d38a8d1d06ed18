/**
 * Four rows of doubles added to two others, each time with a factor: a product of matrices by its tiles. A number of the
 * four rows that is read serves both targets, a number of a target takes four products.
 */

/**
 * @param to the first target; the second begins `stride` bytes behind it
 * @param factors of the first target, four doubles; those of the second begin `factorStride` bytes behind them
 */
export function addRows(
  to: usize,
  stride: usize,
  p: usize,
  q: usize,
  r: usize,
  s: usize,
  length: i32,
  factors: usize,
  factorStride: usize,
): void {
  const others = factors + factorStride;
  const a0 = v128.load64_splat(factors);
  const a1 = v128.load64_splat(factors, 8);
  const a2 = v128.load64_splat(factors, 16);
  const a3 = v128.load64_splat(factors, 24);
  const b0 = v128.load64_splat(others);
  const b1 = v128.load64_splat(others, 8);
  const b2 = v128.load64_splat(others, 16);
  const b3 = v128.load64_splat(others, 24);
  const pairs = (<usize>length >> 1) << 4;
  for (let k: usize = 0; k < pairs; k += 16) {
    const p0 = v128.load(p + k);
    const p1 = v128.load(q + k);
    const p2 = v128.load(r + k);
    const p3 = v128.load(s + k);
    const first = to + k;
    v128.store(first, f64x2.add(v128.load(first), product(a0, a1, a2, a3, p0, p1, p2, p3)));
    v128.store(first + stride, f64x2.add(v128.load(first + stride), product(b0, b1, b2, b3, p0, p1, p2, p3)));
  }
  if (length & 1) {
    // Both lanes hold the same number; the first is kept.
    const p0 = v128.load64_splat(p + pairs);
    const p1 = v128.load64_splat(q + pairs);
    const p2 = v128.load64_splat(r + pairs);
    const p3 = v128.load64_splat(s + pairs);
    const first = to + pairs;
    const second = first + stride;
    store<f64>(first, load<f64>(first) + f64x2.extract_lane(product(a0, a1, a2, a3, p0, p1, p2, p3), 0));
    store<f64>(second, load<f64>(second) + f64x2.extract_lane(product(b0, b1, b2, b3, p0, p1, p2, p3), 0));
  }
}

@inline function product(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  p: v128,
  q: v128,
  r: v128,
  s: v128,
): v128 {
  return f64x2.add(
    f64x2.add(f64x2.mul(a, p), f64x2.mul(b, q)),
    f64x2.add(f64x2.mul(c, r), f64x2.mul(d, s)),
  );
}
