/** Ratios in decibels, bounded so that they stay numbers in JSON. */

/** Stands for "no error at all". */
export const MAX_DB = 300;
/** Stands for "not finite, or nothing but error". */
export const MIN_DB = -300;
/** Keeps an all-zero signal from giving minus infinity. */
const LEAST_SIGNAL = 1e-300;

/** 10 log10(signal / noise), both sums of squares. */
export function ratioDb(signal: number, noise: number): number {
  if (noise === 0) return MAX_DB;
  if (!Number.isFinite(noise)) return MIN_DB;
  return Math.min(MAX_DB, Math.max(MIN_DB, 10 * Math.log10(Math.max(signal, LEAST_SIGNAL) / noise)));
}
