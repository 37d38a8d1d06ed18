/** A histogram with bins anchored at zero, by the kernel of kernels/assembly/count-bins.ts. */
import { type SeenEnds, seenEnds } from './extent.ts';
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

/** Bins whose width grows with what comes. */
export interface GrowingBins {
  readonly counts: Float64Array;
  /** A power of two. */
  readonly perUnit: number;
  /** False where an element of this size lies outside. */
  holds(size: number): boolean;
  /** Makes the bins as wide as an element of this size needs. */
  widen(size: number): void;
}

export interface SeenCounts extends SeenEnds {
  /** How many elements are zero; they are counted in bin 0 as well. */
  readonly zeros: number;
}

/**
 * The same for elements of which nothing is known: each piece is read once, for its extent and for the counts. Where an
 * element is not finite the counts of its piece and of those behind it are missing.
 */
export function countUnseen(data: Float32Array, growing: GrowingBins): SeenCounts {
  const { counts } = growing;
  const ends = seenEnds();
  let zeros = 0;
  withPieces(data, ({ kernels }, take, each) => {
    const bins = take(Uint32Array, KERNEL_BINS + SPARE);
    const indices = take(Uint8Array, INDEX_BYTES);
    const out = take(Float32Array, 3);
    let waiting = 0;
    let [first, last] = [MIDDLE, MIDDLE];
    bins.array.fill(0);
    const empty = (): void => {
      const counted = bins.array;
      for (let bin = first; bin <= last; bin++)
        counts[bin] = (counts[bin] as number) + (counted[bin] as number);
      counted.fill(0, first, last + 1);
      waiting = 0;
      [first, last] = [MIDDLE, MIDDLE];
    };
    each((at, length, start) => {
      kernels.extent(at, length, out.at);
      const { min, max, allFinite } = ends.add(out.array);
      if (!allFinite) return;
      const size = Math.max(-min, max);
      if (waiting > 0 && (waiting > MAX_RUN || !growing.holds(size))) empty();
      growing.widen(size);
      const { perUnit } = growing;
      if (canCountBins(perUnit, min)) {
        const found = kernels.countBins(at, length, perUnit, bins.at, indices.at);
        counts[MIDDLE] = (counts[MIDDLE] as number) + found;
        zeros += found;
        waiting += length;
        first = Math.min(first, Math.floor(min * perUnit) + MIDDLE);
        last = Math.max(last, Math.floor(max * perUnit) + MIDDLE);
      } else zeros += countInDoubles(counts, data.subarray(start, start + length), perUnit);
    });
    if (waiting > 0) empty();
  });
  return { ...ends.all(), zeros };
}

/** For products that float32 does not hold, and for few elements: emptying the kernel's bins costs more than it saves. */
export function countInDoubles(counts: Float64Array, data: Float32Array, perUnit: number): number {
  let zeros = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (x === 0) zeros++;
    const bin = Math.floor(x * perUnit) + MIDDLE;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return zeros;
}
