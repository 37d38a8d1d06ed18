/**
 * Clips where the distribution after quantization tells most about the one before: the threshold with the smallest
 * Kullback-Leibler divergence. Every threshold of the histogram is tried.
 *
 * For a threshold of i bins, P is the histogram inside [-i, i) with everything outside added to its two end bins. Q is
 * the histogram inside, its mass in each of the grid's levels spread evenly over those bins of the level that P fills.
 * With N = sum P, M = sum Q, and for level b its P mass, Q mass and number of filled bins:
 *
 *   KL(P || Q) = 1/N * [ sum_k P_k log P_k - sum_b P_b log(Q_b / filled_b) ] - log N + log M
 *
 * Exact zeros are left out: they have a code of their own, and after a Relu they would outweigh everything else. The same
 * goes for any other value that repeats (the answer of a convolution to an even background, the upper end of a Clip).
 * Such an atom fills one bin of a level, where Q spreads it over all of them: a large divergence for an element that
 * rounding moves by half a step at most. Thresholds so small that each level is one bin then win, at any loss outside.
 * So an atom counts inside the threshold as its neighbours do, and no threshold cuts a frequent one off.
 * Prefix sums of the counts, of c log c and of the filled bins make one threshold cost the number of levels.
 *
 * Source: S. Migacz, "8-bit Inference with TensorRT", GTC 2017.
 */
import { Type } from 'typebox';
import type { Extent } from '../tensor/reduce.ts';
import { BINS_PER_SIDE, Histogram } from './histogram.ts';
import type { Calibrator, Grid, Observer, Range } from './observer.ts';

const Options = Type.Object({});

/** A bin is an atom where it holds so many times the median of the filled bins around it, so many on each side. */
const ATOM = { times: 3, around: 8 } as const;
/** An atom with this share of all elements is no outlier. */
const FREQUENT = 1e-4;

/** Bins of the search on each side of zero: the histogram's own, by pairs. */
export const ENTROPY_BINS = BINS_PER_SIDE / 2;

class EntropyObserver implements Observer {
  readonly #histogram = new Histogram();
  readonly #grid: Grid;

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  observe(data: Float32Array, _samples?: number, _dims?: readonly number[], seen?: Extent): void {
    this.#histogram.add(data, seen);
  }

  range(): Range {
    const { counts, width, zeros } = this.#histogram;
    const seen = this.#histogram.extremes();
    const bins = pairs(counts);
    bins[ENTROPY_BINS] = (bins[ENTROPY_BINS] as number) - zeros;
    const { low, high } = entropySpan({ counts: bins, ...levelAtoms(bins) }, this.#grid);
    return { min: Math.max(low * 2 * width, seen.min), max: Math.min(high * 2 * width, seen.max) };
  }

  extremes(): Range {
    return this.#histogram.extremes();
  }
}

function pairs(counts: Float64Array): Float64Array {
  return Float64Array.from(
    { length: counts.length / 2 },
    (_, i) => (counts[2 * i] as number) + (counts[2 * i + 1] as number),
  );
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
  const filled = [...counts.keys()].filter(k => (counts[k] as number) > 0);
  const level = counts.slice();
  const { times, around } = ATOM;
  if (filled.length <= 2 * around) return { level, reach: 0 };
  const frequent = FREQUENT * counts.reduce((sum, count) => sum + count, 0);
  const zero = counts.length / 2;
  const values = Float64Array.from(filled, k => counts[k] as number);
  const window = 2 * around + 1;
  let reach = 0;
  filled.forEach((k, at) => {
    const start = Math.min(Math.max(at - around, 0), filled.length - window);
    const count = values[at] as number;
    // The median is large enough where more than half of them are; few bins have to be sorted.
    let large = 0;
    for (let i = start; i < start + window; i++) if (times * (values[i] as number) >= count) large++;
    if (large > around) return;
    level[k] = values.slice(start, start + window).sort()[around] as number;
    if (count > frequent) reach = Math.max(reach, k < zero ? zero - k : k - zero + 1);
  });
  return { level, reach };
}

export interface AtomCounts extends Levelled {
  readonly counts: Float64Array;
}

export function entropySpan({ counts, level, reach }: AtomCounts, { levels, symmetric }: Grid): Span {
  const filled = filledSpan(counts);
  const largest = Math.max(-filled.low, filled.high);
  const zero = counts.length / 2;
  const sums = prefixSums(level);
  const mass = runningSum(counts);
  let best = spanOf(largest, filled, symmetric);
  let least = Number.POSITIVE_INFINITY;
  for (let size = Math.max(reach, 1); size <= largest; size++) {
    const span = spanOf(size, filled, symmetric);
    // With fewer bins than levels the histogram is too coarse to show what quantization loses.
    if (span.high - span.low < levels) continue;
    const [start, end] = [zero + span.low, zero + span.high];
    const below = mass[start] as number;
    const above = (mass[counts.length] as number) - (mass[end] as number);
    const divergence = klDivergence(level, sums, { start, end, below, above }, levels);
    if (divergence < least) {
      least = divergence;
      best = span;
    }
  }
  return best;
}

function runningSum(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) sums[i + 1] = (sums[i] as number) + (counts[i] as number);
  return sums;
}

interface PrefixSums {
  readonly mass: Float64Array;
  readonly massLogMass: Float64Array;
  readonly filled: Float64Array;
}

function prefixSums(counts: Float64Array): PrefixSums {
  const massLogMass = new Float64Array(counts.length + 1);
  const filled = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    massLogMass[i + 1] = (massLogMass[i] as number) + xLogX(count);
    filled[i + 1] = (filled[i] as number) + (count > 0 ? 1 : 0);
  }
  return { mass: runningSum(counts), massLogMass, filled };
}

function xLogX(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}

/** Bins inside a threshold, and the elements outside on either side. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly below: number;
  readonly above: number;
}

/** Infinite where Q is empty and P is not. */
function klDivergence(
  counts: Float64Array,
  { mass, massLogMass, filled }: PrefixSums,
  { start, end, below, above }: Cut,
  levels: number,
): number {
  const inside = (mass[end] as number) - (mass[start] as number);
  const all = inside + below + above;
  if (inside === 0) return Number.POSITIVE_INFINITY;
  const first = counts[start] as number;
  const last = counts[end - 1] as number;
  let sum = (massLogMass[end] as number) - (massLogMass[start] as number);
  sum += xLogX(first + below) - xLogX(first) + xLogX(last + above) - xLogX(last);
  const bins = end - start;
  let from = start;
  for (let level = 0; level < levels; level++) {
    const to = start + Math.floor(((level + 1) * bins) / levels);
    const kept = (mass[to] as number) - (mass[from] as number);
    let reference = kept;
    let places = (filled[to] as number) - (filled[from] as number);
    if (level === 0 && below > 0) {
      reference += below;
      if (first === 0) places++;
    }
    if (level === levels - 1 && above > 0) {
      reference += above;
      if (last === 0) places++;
    }
    if (reference > 0) {
      if (kept === 0) return Number.POSITIVE_INFINITY;
      sum -= reference * Math.log(kept / places);
    }
    from = to;
  }
  return sum / all - Math.log(all) + Math.log(inside);
}

export const entropy: Calibrator<typeof Options> = {
  id: 'entropy',
  title: 'Entropy (Kullback-Leibler)',
  summary: 'Clips where the quantized distribution stays closest to the original. Usual for image networks.',
  options: Options,
  create: (_options, grid) => new EntropyObserver(grid),
};
