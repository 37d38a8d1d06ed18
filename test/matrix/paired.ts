/**
 * Whether an artifact does worse than another one on the same samples by more than chance, and by how much.
 *
 * Right or wrong answers: McNemar's exact test. Only samples that one of the two gets right say anything; if neither is better,
 * the losses among them are Bin(n, 1/2), and p is the chance of as many losses or more.
 * Any other loss: the mean of the paired differences over its standard error.
 *
 * Invariant: what is significant fails however small it is, and what exceeds `MAX_DIFFERENCE` however few samples there are.
 */

/** One-sided. */
export const SIGNIFICANCE = 0.05;
export const MAX_ERRORS = 2;
/** Of the score, relative. */
export const MAX_DIFFERENCE = 0.0025;

/** How likely a difference is by chance: by the answers that only one gets right, or in standard errors. */
export type Chance =
  | { readonly wins: number; readonly losses: number; readonly p: number }
  | { readonly errors: number };

export type Verdict = 'ahead' | 'equal' | 'within noise' | 'worse';

/** @param difference of the scores, relative, positive where the artifact is worse */
export function verdictOf(difference: number, chance: Chance): Verdict {
  const significant = 'p' in chance ? chance.p < SIGNIFICANCE : chance.errors > MAX_ERRORS;
  if (difference > MAX_DIFFERENCE || (difference > 0 && significant)) return 'worse';
  if (difference > 0) return 'within noise';
  return difference < 0 ? 'ahead' : 'equal';
}

/** P(X >= losses) for X ~ Bin(wins + losses, 1/2). */
export function mcnemar(wins: number, losses: number): number {
  const n = wins + losses;
  let logarithm = -n * Math.LN2; // Of P(X = k).
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    if (k >= losses) sum += Math.exp(logarithm);
    logarithm += Math.log((n - k) / (k + 1));
  }
  return Math.min(sum, 1);
}

/** Mean of ours - theirs, and its standard error. */
export function meanDifference(
  ours: readonly number[],
  theirs: readonly number[],
): { readonly mean: number; readonly error: number } {
  if (ours.length !== theirs.length) throw new RangeError(`${ours.length} samples against ${theirs.length}`);
  const n = ours.length;
  const differences = ours.map((loss, at) => loss - theirs[at]!);
  const mean = differences.reduce((sum, each) => sum + each, 0) / n;
  const squares = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (n - 1) / n) };
}

/** @param ours losses by sample: 0 or 1 where an answer is right or wrong */
export function chanceOf(ours: readonly number[], theirs: readonly number[]): Chance {
  const { mean, error } = meanDifference(ours, theirs);
  if (![...ours, ...theirs].every(loss => loss === 0 || loss === 1))
    return { errors: mean === 0 ? 0 : mean / error };
  const wins = ours.filter((loss, at) => loss < theirs[at]!).length;
  const losses = ours.filter((loss, at) => loss > theirs[at]!).length;
  return { wins, losses, p: mcnemar(wins, losses) };
}
