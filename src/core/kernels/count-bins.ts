/** A histogram with bins anchored at zero, by the kernel of kernels/assembly/count-bins.ts. */
import { withPieces } from './pieces.ts';

/** Bins that the kernel knows, half of them below zero. */
export const KERNEL_BINS = 8192;
const MIDDLE = KERNEL_BINS / 2;
/** Where it sends zeros. */
const SPARE = 8;
const INDEX_BYTES = 2048;
/** Bins hold 32 bits; far fewer elements than that are counted before they are emptied. */
const MAX_RUN = 2 ** 28;
/** Above this a product of float32 could be infinite. */
const MAX_PER_UNIT = 2 ** 126;

/**
 * True where products of elements with `perUnit`, a power of two, are exact in float32, or at least on the right side of
 * zero: a factor below 1 makes zero of the smallest negative numbers, which belong below it.
 * @param min smallest element
 */
export function canCountBins(perUnit: number, min: number): boolean {
  return perUnit <= MAX_PER_UNIT && (perUnit >= 1 || min >= 0);
}

/**
 * Adds the number of elements of each bin: x is in bin floor(x * perUnit), which stands at that number + KERNEL_BINS / 2.
 * @param seen extent of the elements, all finite; their products lie inside of the bins
 * @param perUnit a power of two that `canCountBins` agrees to
 * @returns how many elements are zero; they are counted in bin 0 as well
 */
export function countBins(
  counts: Float64Array,
  data: Float32Array,
  { min, max }: { readonly min: number; readonly max: number },
  perUnit: number,
): number {
  const first = Math.floor(min * perUnit) + MIDDLE;
  const last = Math.floor(max * perUnit) + MIDDLE;
  let zeros = 0;
  for (let start = 0; start < data.length; start += MAX_RUN)
    withPieces(data.subarray(start, start + MAX_RUN), ({ kernels }, take, each) => {
      const bins = take(Uint32Array, KERNEL_BINS + SPARE);
      const indices = take(Uint8Array, INDEX_BYTES);
      bins.array.fill(0, first, last + 1);
      each((at, length) => {
        zeros += kernels.countBins(at, length, perUnit, bins.at, indices.at);
      });
      const counted = bins.array;
      for (let bin = first; bin <= last; bin++)
        counts[bin] = (counts[bin] as number) + (counted[bin] as number);
    });
  counts[MIDDLE] = (counts[MIDDLE] as number) + zeros;
  return zeros;
}
