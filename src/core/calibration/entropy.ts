/**
 * Clips where the distribution after quantization tells most about the one before: the threshold with the smallest
 * Kullback-Leibler divergence. Every threshold of the histogram is tried.
 *
 * For a threshold of i bins, P is the histogram inside [-i, i) with everything outside added to its two end bins. Q is
 * the histogram inside, its mass in each of the grid's levels spread evenly over those bins of the level that P fills.
 * N = sum P, M = sum Q; P_b, Q_b and filled_b are the masses of level b and its filled bins (kl-divergence.ts).
 *
 * Exact zeros are left out: they have a code of their own, and after a Relu they would outweigh everything else. The same
 * goes for any other value that repeats (the answer of a convolution to an even background, the upper end of a Clip).
 * Such an atom fills one bin of a level, where Q spreads it over all of them: a large divergence for an element that
 * rounding moves by half a step at most. Thresholds so small that each level is one bin then win, at any loss outside.
 * So an atom counts inside the threshold as its neighbours do, and no threshold cuts a frequent one off.
 *
 * Source: S. Migacz, "8-bit Inference with TensorRT", GTC 2017.
 */
import { Type } from '../schema.ts';
import { BINS_PER_SIDE } from './bin-counts.ts';
import { HistogramObserver } from './histogram-observer.ts';
import { KlDivergence, runningSum } from './kl-divergence.ts';
import type { Calibrator, Grid, Range } from './observer.ts';

const Options = Type.Object({});

/** A bin is an atom where it holds so many times the median of the filled bins around it, so many on each side. */
const ATOM = { times: 3, around: 8 } as const;
/** An atom with this share of all elements is no outlier. */
const FREQUENT = 1e-4;

/** Every so many thresholds one is tried first. */
const COARSE = 16;

/** Bins of the search on each side of zero: the histogram's own, by pairs. */
export const ENTROPY_BINS = BINS_PER_SIDE / 2;

class EntropyObserver extends HistogramObserver {
  readonly #grid: Grid;

  constructor(grid: Grid) {
    super();
    this.#grid = grid;
  }

  range(): Range {
    const { counts, width, zeros } = this.tally;
    const seen = this.tally.extremes();
    const bins = pairs(counts);
    bins[ENTROPY_BINS] = (bins[ENTROPY_BINS] as number) - zeros;
    const { low, high } = entropySpan({ counts: bins, ...levelAtoms(bins) }, this.#grid);
    return { min: Math.max(low * 2 * width, seen.min), max: Math.min(high * 2 * width, seen.max) };
  }
}

function pairs(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length / 2);
  for (let i = 0; i < sums.length; i++) sums[i] = (counts[2 * i] as number) + (counts[2 * i + 1] as number);
  return sums;
}

/** A span of bins around zero: [low, high), in bins. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** The bins that a threshold of `size` bins keeps: on an asymmetric grid none beyond the outermost filled ones. */
export function spanOf(size: number, filled: Span, symmetric: boolean): Span {
  if (symmetric) return { low: -size, high: size };
  return { low: Math.max(-size, filled.low), high: Math.min(size, filled.high) };
}

/** Bins from the lowest to the highest that hold anything, zero included. */
export function filledSpan(counts: Float64Array): Span {
  const zero = counts.length / 2;
  const first = counts.findIndex(count => count > 0);
  const last = counts.findLastIndex(count => count > 0);
  return { low: first < 0 ? 0 : Math.min(first - zero, 0), high: Math.max(last + 1 - zero, 0) };
}

export interface Levelled {
  /** The counts with each atom taken down to the median around it. */
  readonly level: Float64Array;
  /** Bins from zero to the outermost frequent atom. */
  readonly reach: number;
}

/** @param counts of bins around zero, half of them below it */
export function levelAtoms(counts: Float64Array): Levelled {
  const filled = new Uint16Array(counts.length);
  const values = new Float64Array(counts.length);
  let total = 0;
  let length = 0;
  for (let k = 0; k < counts.length; k++) {
    const count = counts[k] as number;
    if (count === 0) continue;
    total += count;
    filled[length] = k;
    values[length++] = count;
  }
  const level = counts.slice();
  const { times, around } = ATOM;
  const window = 2 * around + 1;
  let reach = 0;
  if (length < window) return { level, reach };
  const zero = counts.length / 2;
  for (let at = 0; at < length; at++) {
    const count = values[at] as number;
    const start = Math.min(Math.max(at - around, 0), length - window);
    // The median is large enough where more than half of them are; few bins have to be sorted.
    let large = 0;
    for (let i = start; i < start + window && large <= around; i++)
      if (times * (values[i] as number) >= count) large++;
    if (large > around) continue;
    const k = filled[at] as number;
    level[k] = values.slice(start, start + window).sort()[around] as number;
    if (count > FREQUENT * total) reach = Math.max(reach, k < zero ? zero - k : k - zero + 1);
  }
  return { level, reach };
}

export interface AtomCounts extends Levelled {
  readonly counts: Float64Array;
}

export function entropySpan({ counts, level, reach }: AtomCounts, { levels, symmetric }: Grid): Span {
  const filled = filledSpan(counts);
  const largest = Math.max(-filled.low, filled.high);
  const zero = counts.length / 2;
  const divergences = new KlDivergence(level, levels);
  const mass = runningSum(counts);
  const divergence = (size: number, bound: number): number => {
    const { low, high } = spanOf(size, filled, symmetric);
    // With fewer bins than levels the histogram is too coarse to show what quantization loses.
    if (high - low < levels) return Number.POSITIVE_INFINITY;
    const [start, end] = [zero + low, zero + high];
    const below = mass[start] as number;
    const above = (mass[counts.length] as number) - (mass[end] as number);
    return divergences.of({ start, end, below, above }, bound);
  };
  const smallest = Math.max(reach, 1);
  // Some thresholds first: what they reach rules most of the others out early.
  let bound = Number.POSITIVE_INFINITY;
  for (let size = smallest; size <= largest; size += COARSE) bound = Math.min(bound, divergence(size, bound));
  let [best, least] = [largest, Number.POSITIVE_INFINITY];
  for (let size = smallest; size <= largest; size++) {
    const found = divergence(size, bound);
    if (found < least) [best, least] = [size, found];
    bound = Math.min(bound, found);
  }
  return spanOf(best, filled, symmetric);
}

export const entropy: Calibrator<typeof Options> = {
  id: 'entropy',
  title: 'Entropy (Kullback-Leibler)',
  summary: 'Clips where the quantized distribution stays closest to the original. Usual for image networks.',
  options: Options,
  create: (_options, grid) => new EntropyObserver(grid),
};
