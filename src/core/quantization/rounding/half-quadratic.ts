/**
 * Half-quadratic quantization (HQQ): weights are split into what a grid decodes and a sparse rest, and zero point and
 * rest are solved in turn.
 *
 *   min |rest|_p^p + β/2 |w - decoded - rest|²,  p < 1
 *   rest  = shrink(w - decoded),  shrink(x) = sign(x) max(0, |x| - |x|^(p-1) / β)
 *   zero  = mean(code - (w - rest) / scale)
 *
 * The paper's zero points are real numbers. MatMulNBits has packed kernels for integer ones only and plain ONNX knows no
 * others, so the integers around are tried and the scale is solved for them, which gives back most of it.
 *
 * Source: H. Badri, A. Shaji, "Half-Quadratic Quantization of Large Machine Learning Models", 2023,
 * https://mobiusml.github.io/hqq_blog/; the constants are those of its code.
 */
import { asStored, type BlockCodes, type BlockGrid, bestOf } from './block-fit.ts';

const NORM = 0.7;
const FIRST_BETA = 10;
const BETA_GROWTH = 1.01;
const ITERATIONS = 20;
/** Keeps the power of a zero finite. */
const TINY = 1e-8;

export function halfQuadratic(weights: Float64Array, start: BlockGrid, codes: BlockCodes): BlockGrid {
  const { top } = codes;
  if (codes.symmetric) return bestOf(weights, undefined, [start], top);
  const zero = solveZero(weights, start, top);
  const integers = [-1, 0, 1, 2]
    .map(step => Math.floor(zero) + step)
    .map(each => Math.min(Math.max(each, 0), top))
    .map(each => asStored(start.scale, each));
  return bestOf(weights, undefined, [start, ...integers], top);
}

/** The real zero point with the least mean error on the way. */
function solveZero(weights: Float64Array, { scale, zeroPoint }: BlockGrid, top: number): number {
  let zero = zeroPoint;
  let best = zero;
  let least = Number.POSITIVE_INFINITY;
  let beta = FIRST_BETA;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let error = 0;
    let sum = 0;
    for (const weight of weights) {
      const code = Math.min(Math.max(Math.round(weight / scale + zero), 0), top);
      const residue = weight - (code - zero) * scale;
      const size = Math.abs(residue);
      const rest = Math.sign(residue) * Math.max(size - (size + TINY) ** (NORM - 1) / beta, 0);
      error += size;
      sum += code - (weight - rest) / scale;
    }
    if (error >= least) break;
    least = error;
    best = zero;
    zero = sum / weights.length;
    beta *= BETA_GROWTH;
  }
  return best;
}
