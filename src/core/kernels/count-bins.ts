/** A histogram with bins anchored at zero, by the kernel of kernels/assembly/count-bins.ts. */
import type { Kernels } from './binary.generated.ts';
import { type SeenEnds, seenEnds } from './extent.ts';
import type { Take } from './memory.ts';
import { type EachPiece, withPieces } from './pieces.ts';

/** Bins that the kernel knows, half of them below zero. */
export const KERNEL_BINS = 8192;
const MIDDLE = KERNEL_BINS / 2;
/** Where it sends zeros. */
const SPARE = 8;
const INDEX_BYTES = 2048;
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
 * @param bins counts that stay below 2^32
 * @param data finite; the products lie inside of the bins
 * @param perUnit a power of two that `canCountBins` agrees to
 * @returns how many elements are zero; they are counted in bin 0 as well
 */
export function countBins(bins: Uint32Array, data: Float32Array, perUnit: number): number {
  return withBins(bins, data, ({ count, each }) => {
    each((at, length) => count(at, length, perUnit));
  });
}

/** Bins whose width grows with what comes. */
export interface GrowingBins {
  /** Counts that stay below 2^32. */
  readonly bins: Uint32Array;
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
  const { bins } = growing;
  const ends = seenEnds();
  let inDoubles = 0;
  const zeros = withBins(bins, data, ({ kernels, take, each, count, counted }) => {
    const out = take(Float32Array, 3);
    each((at, length, start) => {
      kernels.extent(at, length, out.at);
      const { min, max, allFinite } = ends.add(out.array);
      if (!allFinite) return;
      const size = Math.max(-min, max);
      if (!growing.holds(size)) {
        bins.set(counted());
        growing.widen(size);
        counted().set(bins);
      }
      const { perUnit } = growing;
      if (canCountBins(perUnit, min)) count(at, length, perUnit);
      else inDoubles += countInDoubles(counted(), data.subarray(start, start + length), perUnit);
    });
  });
  return { ...ends.all(), zeros: zeros + inDoubles };
}

/** For products that float32 does not hold, and for few elements: the kernel's copy of the bins costs more than it saves. */
export function countInDoubles(bins: Uint32Array, data: Float32Array, perUnit: number): number {
  let zeros = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (x === 0) zeros++;
    const bin = Math.floor(x * perUnit) + MIDDLE;
    bins[bin] = (bins[bin] as number) + 1;
  }
  return zeros;
}

interface Counting {
  readonly kernels: Kernels;
  readonly take: Take;
  readonly each: EachPiece;
  /** Counts a piece. */
  count(at: number, length: number, perUnit: number): void;
  /** The bins as the kernel has them. */
  counted(): Uint32Array;
}

/** Lets the kernel count in a copy of the bins; gives the zeros that it found. */
function withBins(bins: Uint32Array, data: Float32Array, work: (counting: Counting) => void): number {
  let zeros = 0;
  withPieces(data, ({ kernels }, take, each) => {
    const room = take(Uint32Array, KERNEL_BINS + SPARE);
    const indices = take(Uint8Array, INDEX_BYTES);
    const counted = (): Uint32Array => room.array.subarray(0, KERNEL_BINS);
    counted().set(bins);
    work({
      kernels,
      take,
      each,
      count(at, length, perUnit) {
        zeros += kernels.countBins(at, length, perUnit, room.at, indices.at);
      },
      counted,
    });
    bins.set(counted());
  });
  bins[MIDDLE] = (bins[MIDDLE] as number) + zeros;
  return zeros;
}
