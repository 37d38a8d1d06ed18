/**
 * Eight dot products of doubles at once: of two rows with four. Each number that is read serves two products or four, and
 * sixteen sums, two lanes of eight, do not wait for one another.
 */

/** @param out eight doubles: the products of `a` with the four rows, then those of `b` */
export function dotTile(
  a: usize,
  b: usize,
  p: usize,
  q: usize,
  r: usize,
  s: usize,
  length: i32,
  out: usize,
): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const pairs = (<usize>length >> 1) << 4;
  for (let k: usize = 0; k < pairs; k += 16) {
    const x = v128.load(a + k);
    const y = v128.load(b + k);
    const p0 = v128.load(p + k);
    a0 = f64x2.add(a0, f64x2.mul(x, p0));
    b0 = f64x2.add(b0, f64x2.mul(y, p0));
    const p1 = v128.load(q + k);
    a1 = f64x2.add(a1, f64x2.mul(x, p1));
    b1 = f64x2.add(b1, f64x2.mul(y, p1));
    const p2 = v128.load(r + k);
    a2 = f64x2.add(a2, f64x2.mul(x, p2));
    b2 = f64x2.add(b2, f64x2.mul(y, p2));
    const p3 = v128.load(s + k);
    a3 = f64x2.add(a3, f64x2.mul(x, p3));
    b3 = f64x2.add(b3, f64x2.mul(y, p3));
  }
  let x: f64 = 0;
  let y: f64 = 0;
  let p0: f64 = 0;
  let p1: f64 = 0;
  let p2: f64 = 0;
  let p3: f64 = 0;
  if (length & 1) {
    x = load<f64>(a + pairs);
    y = load<f64>(b + pairs);
    p0 = load<f64>(p + pairs);
    p1 = load<f64>(q + pairs);
    p2 = load<f64>(r + pairs);
    p3 = load<f64>(s + pairs);
  }
  store<f64>(out, sum(a0) + x * p0);
  store<f64>(out, sum(a1) + x * p1, 8);
  store<f64>(out, sum(a2) + x * p2, 16);
  store<f64>(out, sum(a3) + x * p3, 24);
  store<f64>(out, sum(b0) + y * p0, 32);
  store<f64>(out, sum(b1) + y * p1, 40);
  store<f64>(out, sum(b2) + y * p2, 48);
  store<f64>(out, sum(b3) + y * p3, 56);
}

@inline function sum(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}
