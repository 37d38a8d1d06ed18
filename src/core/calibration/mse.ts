/**
 * Clips where the mean squared error of rounding and clipping together is smallest.
 *
 * Elements inside [low, high] are rounded to a grid of step s: an error of s^2 / 12 each, where they are spread evenly
 * over the steps. Around zero, where most activations crowd, they are not: there the error is x itself, as zero has a
 * code of its own. Those outside are off by their distance to the end. Prefix sums of the count, of x and of x^2 over
 * the histogram give the cost of any pair of ends at once; the ends move in turn over every bin edge until neither does.
 * Where less than the whole of an error below zero reaches the reader (a LeakyRelu), elements below zero count so much less.
 *
 * Source of the error model: B. Widrow, I. Kollár, "Quantization Noise", Cambridge University Press, 2008.
 */
import { Type } from '../schema.ts';
import { BINS_PER_SIDE } from './bin-counts.ts';
import type { Histogram } from './histogram.ts';
import { HistogramObserver } from './histogram-observer.ts';
import type { Calibrator, Grid, Range } from './observer.ts';

const Options = Type.Object({});

/** The ends settle in two or three rounds; the cost falls in each, so the limit only bounds the time. */
const MAX_ROUNDS = 16;

class MseObserver extends HistogramObserver {
  readonly #grid: Grid;

  constructor(grid: Grid) {
    super();
    this.#grid = grid;
  }

  range(): Range {
    const seen = this.tally.extremes();
    const cost = new Cost(this.tally, this.#grid);
    return this.#grid.symmetric ? symmetricEnds(cost, seen) : freeEnds(cost, seen);
  }
}

function symmetricEnds(cost: Cost, seen: Range): Range {
  const size = Math.max(-seen.min, seen.max);
  const max = bestEnd(cost, size, edge => cost.of(-edge, edge));
  return { min: -max, max };
}

function freeEnds(cost: Cost, seen: Range): Range {
  let min = Math.min(seen.min, 0);
  let max = Math.max(seen.max, 0);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const [lastMin, lastMax] = [min, max];
    max = bestEnd(cost, Math.max(seen.max, 0), edge => cost.of(min, edge));
    min = -bestEnd(cost, Math.max(-seen.min, 0), edge => cost.of(-edge, max));
    if (min === lastMin && max === lastMax) break;
  }
  return { min, max };
}

/** The end, at most `limit`, with the lowest cost: the limit itself or a bin edge. */
function bestEnd(cost: Cost, limit: number, costOf: (edge: number) => number): number {
  let best = limit;
  let least = costOf(limit);
  for (let edge = cost.width; edge < limit; edge += cost.width) {
    const value = costOf(edge);
    if (value < least) {
      least = value;
      best = edge;
    }
  }
  return best;
}

class Cost {
  readonly width: number;
  readonly #levels: number;
  readonly #count: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;

  constructor({ counts, width, zeros }: Histogram, { levels, belowZero = 1 }: Grid) {
    this.width = width;
    this.#levels = levels;
    this.#count = new Float64Array(counts.length + 1);
    this.#sum = new Float64Array(counts.length + 1);
    this.#squares = new Float64Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) {
      const x = (i + 0.5 - BINS_PER_SIDE) * width;
      // Exact zeros cost nothing under any grid.
      const seen = (counts[i] as number) - (i === BINS_PER_SIDE ? zeros : 0);
      const count = i < BINS_PER_SIDE ? belowZero * belowZero * seen : seen;
      this.#count[i + 1] = (this.#count[i] as number) + count;
      this.#sum[i + 1] = (this.#sum[i] as number) + count * x;
      this.#squares[i + 1] = (this.#squares[i] as number) + count * x * x;
    }
  }

  /** Sum of the squared errors for a grid from `min` to `max`. */
  of(min: number, max: number): number {
    const start = BINS_PER_SIDE + Math.floor(min / this.width);
    const end = BINS_PER_SIDE + Math.ceil(max / this.width);
    const step = (max - min) / (this.#levels - 1);
    const inside = (this.#count[end] as number) - (this.#count[start] as number);
    const noise = (step * step) / 12;
    const near = Math.min(step / 2, -min) + Math.min(step / 2, max);
    // A zero cell narrower than the bins is below what the histogram shows.
    if (near < 2 * this.width) return noise * inside + this.#clipped(start, end, min, max);
    const from = BINS_PER_SIDE - Math.min(step / 2, -min) / this.width;
    const to = BINS_PER_SIDE + Math.min(step / 2, max) / this.width;
    const crowd = at(this.#count, to) - at(this.#count, from);
    const crowdCost = at(this.#squares, to) - at(this.#squares, from);
    return noise * (inside - crowd) + crowdCost + this.#clipped(start, end, min, max);
  }

  #clipped(start: number, end: number, min: number, max: number): number {
    return this.#distances(0, start, min) + this.#distances(end, this.#count.length - 1, max);
  }

  /** Sum of (x - end)^2 over the bins from `from` to `to`. */
  #distances(from: number, to: number, end: number): number {
    const count = (this.#count[to] as number) - (this.#count[from] as number);
    if (count === 0) return 0;
    const sum = (this.#sum[to] as number) - (this.#sum[from] as number);
    const squares = (this.#squares[to] as number) - (this.#squares[from] as number);
    return squares - 2 * end * sum + count * end * end;
  }
}

/** A prefix sum at a position between bins. */
function at(sums: Float64Array, position: number): number {
  const bin = Math.floor(position);
  const low = sums[bin] as number;
  return low + (position - bin) * ((sums[bin + 1] ?? low) - low);
}

export const mse: Calibrator<typeof Options> = {
  id: 'mse',
  title: 'Mean squared error',
  summary: 'Balances clipping against rounding for the smallest squared error. The default.',
  options: Options,
  create: (_options, grid) => new MseObserver(grid),
};
