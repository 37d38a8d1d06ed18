/** Order statistics of measured times. */

/** Linear interpolation between the closest ranks, as numpy.quantile. `sorted` is ascending and not empty. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const rank = q * (sorted.length - 1);
  const low = Math.floor(rank);
  const a = sorted[low]!;
  const b = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return a + (b - a) * (rank - low);
}

export function median(values: ArrayLike<number>): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 400;
const CONFIDENCE = 0.95;
const SEED = 0x9e3779b9;

/**
 * 95 % interval of median(a) / median(b) by the percentile bootstrap over pairs (a[i] was measured beside b[i], so that
 * what slowed the machine slowed both). The same times give the same interval.
 */
export function ratioInterval(a: ArrayLike<number>, b: ArrayLike<number>): Interval {
  const length = Math.min(a.length, b.length);
  const [drawnA, drawnB] = [new Float64Array(length), new Float64Array(length)];
  const ratios = new Float64Array(RESAMPLES);
  let state = SEED;
  for (let resample = 0; resample < RESAMPLES; resample++) {
    for (let index = 0; index < length; index++) {
      // Numerical Recipes' linear congruential generator; its high bits choose.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const pick = Math.floor((state / 2 ** 32) * length);
      drawnA[index] = a[pick]!;
      drawnB[index] = b[pick]!;
    }
    ratios[resample] = median(drawnA) / median(drawnB);
  }
  ratios.sort();
  return { low: quantile(ratios, (1 - CONFIDENCE) / 2), high: quantile(ratios, (1 + CONFIDENCE) / 2) };
}
