/**
 * Counts of a histogram's bins: 32 bits each, as the kernel counts them, and what was put by as doubles before those could
 * overflow, which is exact up to 2^53. The former are all that most jobs need.
 */
import { KERNEL_BINS } from '../kernels/count-bins.ts';

/** On each side of zero. */
export const BINS_PER_SIDE = KERNEL_BINS / 2;
const MOST = 2 ** 32 - 1;

export class BinCounts {
  /** By bin number + BINS_PER_SIDE. */
  readonly recent = new Uint32Array(KERNEL_BINS);
  #counted = 0;
  #putBy: Float64Array | undefined;

  /** Called before so many elements are counted in `recent`. */
  expect(elements: number): void {
    if (this.#counted + elements > MOST) {
      this.add(this.recent);
      this.recent.fill(0);
      this.#counted = 0;
    }
    this.#counted += elements;
  }

  add(counts: ArrayLike<number>): void {
    this.#putBy ??= new Float64Array(KERNEL_BINS);
    addTo(this.#putBy, counts);
  }

  /** Makes one of as many neighbours, a power of two. */
  join(factor: number): void {
    if (this.#counted > 0) joinBins(this.recent, factor);
    if (this.#putBy) joinBins(this.#putBy, factor);
  }

  all(): Float64Array {
    const sums = Float64Array.from(this.recent);
    if (this.#putBy) addTo(sums, this.#putBy);
    return sums;
  }
}

export function joinBins(counts: Uint32Array | Float64Array, factor: number): void {
  if (factor === 1) return;
  // From zero outwards on each side: a joined bin lies nearer to zero than its parts, where all has been read.
  for (let k = 1; k < BINS_PER_SIDE; k++) move(counts, k, Math.floor(k / factor));
  for (let k = -2; k >= -BINS_PER_SIDE; k--) move(counts, k, Math.floor(k / factor));
}

function move(counts: Uint32Array | Float64Array, from: number, to: number): void {
  const count = counts[from + BINS_PER_SIDE] as number;
  counts[from + BINS_PER_SIDE] = 0;
  counts[to + BINS_PER_SIDE] = (counts[to + BINS_PER_SIDE] as number) + count;
}

function addTo(sums: Float64Array, counts: ArrayLike<number>): void {
  for (let bin = 0; bin < sums.length; bin++) sums[bin] = (sums[bin] as number) + (counts[bin] as number);
}
