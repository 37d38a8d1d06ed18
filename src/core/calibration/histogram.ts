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

  add(data: Float32Array): void {
    if (data.length === 0) return;
    const { min, max } = this.#seen.add(data);
    this.#widen(Math.max(-min, max));
    const { counts } = this;
    const perUnit = 1 / this.#width;
    let zeros = 0;
    for (let i = 0; i < data.length; i++) {
      const x = data[i] as number;
      zeros += x === 0 ? 1 : 0;
      const at = Math.floor(x * perUnit) + BINS_PER_SIDE;
      counts[at] = (counts[at] as number) + 1;
    }
    this.zeros += zeros;
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

function move(counts: Float64Array, from: number, to: number): void {
  const count = counts[from + BINS_PER_SIDE] as number;
  counts[from + BINS_PER_SIDE] = 0;
  counts[to + BINS_PER_SIDE] = (counts[to + BINS_PER_SIDE] as number) + count;
}
