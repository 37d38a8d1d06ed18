/**
 * Cuts off the rarest elements: the range that holds a given share of them, half of the rest on each side (asymmetric
 * grid), or the size that holds that share of the sizes (symmetric grid). The nearest element counts, as with the
 * "nearest" method of numpy.percentile.
 *
 * Elements are taken as spread evenly inside their bin, so that the result is within one bin of the exact percentile.
 */
import type { Static } from 'typebox';
import { Type } from '../schema.ts';
import { BINS_PER_SIDE } from './bin-counts.ts';
import { HistogramObserver } from './histogram-observer.ts';
import type { Calibrator, Grid, Range } from './observer.ts';

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

class PercentileObserver extends HistogramObserver {
  readonly #share: number;
  readonly #symmetric: boolean;

  constructor({ percentile }: Static<typeof Options>, { symmetric }: Grid) {
    super();
    this.#share = (percentile ?? DEFAULT_PERCENTILE) / 100;
    this.#symmetric = symmetric;
  }

  range(): Range {
    const { counts, width, zeros, total } = this.tally;
    const seen = this.extremes();
    // Where all but a few elements are zero the percentile is zero, and the grid would hold nothing else.
    if (zeros >= this.#share * total) return seen;
    if (this.#symmetric) {
      const largest = Math.max(-seen.min, seen.max);
      const size = Math.min(elementOf(sizes(counts), this.#share) * width, largest);
      return { min: -size, max: size };
    }
    const cut = (1 - this.#share) / 2;
    const clip = (x: number): number => Math.min(Math.max(x, seen.min), seen.max);
    return {
      min: clip((elementOf(counts, cut) - BINS_PER_SIDE) * width),
      max: clip((elementOf(counts, 1 - cut) - BINS_PER_SIDE) * width),
    };
  }
}

/** Position, in bins from the first, of the element at this share of the way from the smallest to the largest. */
function elementOf(counts: Float64Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rank = Math.round(share * (total - 1));
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (below + count > rank) return i + (rank + 0.5 - below) / count;
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
