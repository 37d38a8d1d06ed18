/**
 * A histogram of a stream whose range is not known beforehand.
 *
 * Bins are anchored at zero and their width is a power of two: bin k holds [k * width, (k + 1) * width), for k from
 * -BINS_PER_SIDE to BINS_PER_SIDE - 1. When a larger element comes the width doubles as often as needed and neighbours
 * are merged in place.
 *
 * Invariant: floor(floor(x / w) / 2) = floor(x / 2w), and x / w is exact for powers of two, so that the counts are
 * those that a histogram of the final width would have had from the start: they depend on the elements alone, not on
 * their order or on how they were cut into calls. Memory is constant.
 */
import type { Extent } from '../tensor/reduce.ts';
import { Extremes } from './extremes.ts';
import type { Range } from './observer.ts';

/**
 * The largest element always lies in the outer half of its side, so at least 2048 bins lie between zero and it. 64 KiB
 * for each value that is watched.
 */
export const BINS_PER_SIDE = 4096;

/** Half the span at the start: the power of two just above the smallest float32. */
const SMALLEST_SPAN = 2 ** -148;

export class Histogram {
  /** By bin number + BINS_PER_SIDE. Doubles count exactly up to 2^53. */
  readonly counts = new Float64Array(2 * BINS_PER_SIDE);
  /** Elements that are exactly zero; they are counted in bin 0 as well. */
  zeros = 0;
  total = 0;
  readonly #seen = new Extremes();
  #width = SMALLEST_SPAN / BINS_PER_SIDE;

  get width(): number {
    return this.#width;
  }

  extremes(): Range {
    return this.#seen.range();
  }

  /** @param seen the extent of the elements, where it is known */
  add(data: Float32Array, seen?: Extent): void {
    if (data.length === 0) return;
    const { min, max } = this.#seen.add(data, seen);
    this.#widen(Math.max(-min, max));
    this.zeros += count(data, 1 / this.#width, this.counts);
    this.total += data.length;
  }

  /** Doubles the width until an element of this size lies inside. */
  #widen(size: number): void {
    let factor = 1;
    while (size >= this.#width * factor * BINS_PER_SIDE) factor *= 2;
    if (factor === 1) return;
    this.#width *= factor;
    const { counts } = this;
    // From zero outwards on each side: a merged bin lies nearer to zero than its parts, where all has been read.
    for (let k = 1; k < BINS_PER_SIDE; k++) move(counts, k, Math.floor(k / factor));
    for (let k = -2; k >= -BINS_PER_SIDE; k--) move(counts, k, Math.floor(k / factor));
  }
}

/**
 * Counts of one call, in two lanes that neighbouring elements fill in turn: one and the same bin, as of the zeros behind
 * a Relu, would make each count wait for the one before. 64 KiB, for all histograms.
 */
const LANES = new Uint32Array(2 * 2 * BINS_PER_SIDE);
/** A lane counts to 2^32; far fewer elements than that go in before it is emptied. */
const MAX_RUN = 2 ** 28;

/** Adds the elements to the counts and gives the number of zeros. */
function count(data: Float32Array, perUnit: number, counts: Float64Array): number {
  const lanes = LANES;
  const bins = 2 * BINS_PER_SIDE;
  const middle = BINS_PER_SIDE;
  let zeros = 0;
  for (let start = 0; start < data.length; start += MAX_RUN) {
    const end = Math.min(data.length, start + MAX_RUN);
    for (let i = start; i < end; i++) {
      const x = data[i] as number;
      if (x === 0) zeros++;
      const at = Math.floor(x * perUnit) + middle + (i & 1 ? bins : 0);
      lanes[at] = (lanes[at] as number) + 1;
    }
    for (let bin = 0; bin < bins; bin++)
      counts[bin] = (counts[bin] as number) + (lanes[bin] as number) + (lanes[bin + bins] as number);
    lanes.fill(0);
  }
  return zeros;
}

function move(counts: Float64Array, from: number, to: number): void {
  const count = counts[from + BINS_PER_SIDE] as number;
  counts[from + BINS_PER_SIDE] = 0;
  counts[to + BINS_PER_SIDE] = (counts[to + BINS_PER_SIDE] as number) + count;
}
