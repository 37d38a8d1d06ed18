/**
 * A histogram of a stream whose range is not known beforehand.
 *
 * Bins are anchored at zero and their width is a power of two: bin k holds [k * width, (k + 1) * width), for k from
 * -BINS_PER_SIDE to BINS_PER_SIDE - 1. When a larger element comes the width doubles as often as needed and neighbours
 * are merged in place.
 *
 * Invariant: floor(floor(x / w) / 2) = floor(x / 2w), and x / w is exact for powers of two, so that the counts are
 * those that a histogram of the final width would have had from the start: they depend on the elements alone, not on
 * their order, on how they were cut into calls, or on how calls were dealt out to histograms that are merged. Memory is
 * constant: 32 KiB for each value that is watched, 96 past 2^32 elements. The largest element always lies in the outer half
 * of its side, so at least 2048 bins lie between zero and it.
 */
import {
  canCountBins,
  countBins,
  countInDoubles,
  countUnseen,
  type GrowingBins,
} from '../kernels/count-bins.ts';
import { type Extent, extent, isFiniteExtent } from '../tensor/reduce.ts';
import { BINS_PER_SIDE, BinCounts, joinBins } from './bin-counts.ts';
import { Extremes } from './extremes.ts';
import type { Range } from './observer.ts';
import type { Tally } from './tally.ts';

/** Half the span at the start: the power of two just above the smallest float32. */
const SMALLEST_SPAN = 2 ** -148;

export class Histogram implements Tally, GrowingBins {
  readonly kind = { type: 'histogram' } as const;
  /** Elements that are exactly zero; they are counted in bin 0 as well. */
  zeros = 0;
  total = 0;
  readonly #counts = new BinCounts();
  readonly #seen = new Extremes();
  #width = SMALLEST_SPAN / BINS_PER_SIDE;

  /** By bin number + BINS_PER_SIDE, a copy. */
  get counts(): Float64Array {
    return this.#counts.all();
  }

  get bins(): Uint32Array {
    return this.#counts.recent;
  }

  get width(): number {
    return this.#width;
  }

  extremes(): Range {
    return this.#seen.range();
  }

  observe(data: Float32Array, _samples?: number, _dims?: readonly number[], seen?: Extent): void {
    this.add(data, seen);
  }

  /** Width, zeros and total, the extremes, the counts. */
  held(): Float64Array {
    const { counts } = this;
    const held = new Float64Array(HEAD + counts.length);
    held.set([this.#width, this.zeros, this.total, ...this.#seen.held()]);
    held.set(counts, HEAD);
    return held;
  }

  merge(held: Float64Array): void {
    const [width, zeros, total] = held as unknown as readonly [number, number, number];
    const counts = held.slice(HEAD);
    this.#seen.merge(held.subarray(3, HEAD));
    this.zeros += zeros;
    this.total += total;
    // Both have the width that their largest element asks for; the sum has the larger one.
    if (width > this.#width) this.#widenBy(width / this.#width);
    else joinBins(counts, this.#width / width);
    this.#counts.add(counts);
  }

  /** @param seen the extent of the elements, where it is known */
  add(data: Float32Array, seen?: Extent): void {
    if (data.length === 0) return;
    const all = this.#seen.add(data, seen);
    this.widen(Math.max(-all.min, all.max));
    this.#counts.expect(data.length);
    const { bins, perUnit } = this;
    this.zeros +=
      data.length > SHORT && canCountBins(perUnit, all.min)
        ? countBins(bins, data, perUnit)
        : countInDoubles(bins, data, perUnit);
    this.total += data.length;
  }

  look(data: Float32Array): Extent {
    if (data.length <= SHORT) {
      const seen = extent(data);
      if (isFiniteExtent(seen)) this.add(data, seen);
      return seen;
    }
    this.#counts.expect(data.length);
    const { zeros, ...seen } = countUnseen(data, this);
    if (isFiniteExtent(seen)) {
      this.#seen.add(data, seen);
      this.zeros += zeros;
      this.total += data.length;
    }
    return seen;
  }

  get perUnit(): number {
    return 1 / this.#width;
  }

  holds(size: number): boolean {
    return size < this.#width * BINS_PER_SIDE;
  }

  /** Doubles the width until an element of this size lies inside. */
  widen(size: number): void {
    let factor = 1;
    while (size >= this.#width * factor * BINS_PER_SIDE) factor *= 2;
    this.#widenBy(factor);
  }

  #widenBy(factor: number): void {
    this.#width *= factor;
    this.#counts.join(factor);
  }
}

/** Numbers of what is held in front of the counts. */
const HEAD = 5;

/** Below this many elements the kernel's copy of the bins costs more than it saves. */
const SHORT = 1024;
