/**
 * Cuts off the rarest elements: the range that holds a given share of them, half of the rest on each side (asymmetric
 * grid), or the size that holds that share of the sizes (symmetric grid).
 *
 * Elements are taken as spread evenly inside their bin, so that the result is within one bin of the exact percentile.
 */
import { type Static, Type } from 'typebox';
import { BINS_PER_SIDE, Histogram } from './histogram.ts';
import type { Calibrator, Grid, Observer, Range } from './observer.ts';

const DEFAULT_PERCENTILE = 99.999;

const Options = Type.Object({
  percentile: Type.Optional(
    Type.Number({
      exclusiveMinimum: 50,
      maximum: 100,
      default: DEFAULT_PERCENTILE,
      description: 'Share of the elements that the range holds, in percent',
    }),
  ),
});

class PercentileObserver implements Observer {
  readonly #histogram = new Histogram();
  readonly #share: number;
  readonly #symmetric: boolean;

  constructor({ percentile }: Static<typeof Options>, { symmetric }: Grid) {
    this.#share = (percentile ?? DEFAULT_PERCENTILE) / 100;
    this.#symmetric = symmetric;
  }

  observe(data: Float32Array): void {
    this.#histogram.add(data);
  }

  range(): Range {
    const { counts, width, zeros, total } = this.#histogram;
    const seen = this.#histogram.extremes();
    // Where all but a few elements are zero the percentile is zero, and the grid would hold nothing else.
    if (zeros >= this.#share * total) return seen;
    if (this.#symmetric) {
      const largest = Math.max(-seen.min, seen.max);
      const size = Math.min(quantile(sizes(counts), this.#share * total) * width, largest);
      return { min: -size, max: size };
    }
    const cut = ((1 - this.#share) / 2) * total;
    return {
      min: Math.max((quantile(counts, cut) - BINS_PER_SIDE) * width, seen.min),
      max: Math.min((quantile(counts, total - cut) - BINS_PER_SIDE) * width, seen.max),
    };
  }

  extremes(): Range {
    return this.#histogram.extremes();
  }
}

/** Position, in bins from the first, below which `mass` elements lie. */
function quantile(counts: Float64Array, mass: number): number {
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count > 0 && below + count >= mass) return i + Math.max(mass - below, 0) / count;
    below += count;
  }
  return counts.length;
}

/** Counts by size: bin k and its mirror image. */
function sizes(counts: Float64Array): Float64Array {
  const folded = counts.slice(BINS_PER_SIDE);
  for (let k = 0; k < BINS_PER_SIDE; k++)
    folded[k] = (folded[k] as number) + (counts[BINS_PER_SIDE - 1 - k] as number);
  return folded;
}

export const percentile: Calibrator<typeof Options> = {
  id: 'percentile',
  title: 'Percentile',
  summary: 'Clips the rarest elements. Choose it where long tails ruin the range of min-max.',
  options: Options,
  create: (options, grid) => new PercentileObserver(options, grid),
};
