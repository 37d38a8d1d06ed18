/** Smallest and largest element of an array. */
import { withPieces } from './pieces.ts';

/**
 * Infinity and -Infinity of an empty array; NaN twice where an element is NaN. An end that is zero is +0, whichever
 * zeros the array holds.
 */
export function extentOf(data: Float32Array): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let isNumber = true;
  withPieces(data, ({ kernels }, take, each) => {
    const out = take(Float32Array, 3);
    each((at, length) => {
      kernels.extent(at, length, out.at);
      const [low, high, size] = out.array as unknown as readonly [number, number, number];
      min = Math.min(min, low);
      max = Math.max(max, high);
      if (Number.isNaN(size)) isNumber = false;
    });
  });
  return isNumber ? { min: min + 0, max: max + 0 } : { min: Number.NaN, max: Number.NaN };
}
