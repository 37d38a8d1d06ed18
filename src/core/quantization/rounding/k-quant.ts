/**
 * The k-quants of llama.cpp: scales around that of round-to-nearest are tried, and for the codes of each the scale and the
 * minimum are solved by weighted least squares. Large weights count more: importance = |w| + root mean square of the block.
 *
 *   min Σ importance (scale * code + minimum - w)²  over scale and minimum,  zero point = round(-minimum / scale)
 *
 * Source: make_qkx2_quants and make_qx_quants of https://github.com/ggml-org/llama.cpp, ggml/src/ggml-quants.c; the same
 * steps as onnxruntime's KQuantWeightOnlyQuantConfig, but a candidate is judged by what its integer zero point decodes to.
 */
import { asStored, type BlockCodes, type BlockGrid, bestOf } from './block-fit.ts';

/** The block's range is cut into between `top` - 1 and `top` + 0.9 steps, a tenth more each time. */
const TRIED = { first: -1, step: 0.1, count: 20 } as const;

export function kQuant(weights: Float64Array, start: BlockGrid, codes: BlockCodes): BlockGrid {
  const importance = importanceOf(weights);
  const candidates = codes.symmetric ? scaled(start, codes) : solved(weights, importance, codes);
  return bestOf(weights, importance, [start, ...candidates], codes.top);
}

function importanceOf(weights: Float64Array): Float64Array {
  const mean = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length);
  return weights.map(w => mean + Math.abs(w));
}

/** Symmetric: the scale alone; it is refitted by whoever compares the candidates. */
function scaled(start: BlockGrid, { top }: BlockCodes): BlockGrid[] {
  const half = (top + 1) / 2;
  return tries().map(delta => asStored((start.scale * half) / (half + delta), start.zeroPoint));
}

function solved(weights: Float64Array, importance: Float64Array, { top }: BlockCodes): BlockGrid[] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const weight of weights) {
    min = Math.min(min, weight);
    max = Math.max(max, weight);
  }
  return tries().flatMap(delta => solve(weights, importance, min, (top + delta) / (max - min), top) ?? []);
}

const tries = (): number[] => Array.from({ length: TRIED.count }, (_, i) => TRIED.first + TRIED.step * i);

function solve(
  weights: Float64Array,
  importance: Float64Array,
  min: number,
  perUnit: number,
  top: number,
): BlockGrid | undefined {
  let total = 0;
  let x = 0;
  let l = 0;
  let ll = 0;
  let xl = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    const share = importance[i] as number;
    const code = Math.min(Math.max(Math.round(perUnit * (weight - min)), 0), top);
    total += share;
    x += share * weight;
    l += share * code;
    ll += share * code * code;
    xl += share * code * weight;
  }
  const determinant = total * ll - l * l;
  const scale = (total * xl - x * l) / determinant;
  const minimum = (ll * x - l * xl) / determinant;
  // All weights equal, or all codes.
  if (!(determinant > 0) || !(scale > 0)) return undefined;
  return asStored(scale, Math.min(Math.max(Math.round(-minimum / scale), 0), top));
}
