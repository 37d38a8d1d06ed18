/**
 * The default artifact against the best 8-bit row of the reference.
 *
 * The row's artifact is made again and both run on the same samples. Where it cannot be had, or scores something else on this
 * machine than the row says (a CPU whose sums saturate), the row is a number, and chance is judged by the standard error of the
 * paired difference between our artifact and the float model: that leaves the row's own noise out, which makes it stricter.
 */
import type { MatrixCase } from './cases.ts';
import { type Chance, chanceOf, meanDifference, type Verdict, verdictOf } from './paired.ts';
import { LOSSES, type SampleLosses, sampleLosses } from './sample-losses.ts';

export interface AgainstRow {
  readonly fp32: number;
  readonly ours: number;
  /** What the row's artifact scores on this machine; undefined where it could not be made. */
  readonly here: number | undefined;
  /** Relative, positive where ours is worse than the row. */
  readonly difference: number;
  readonly chance: Chance;
  readonly verdict: Verdict;
}

/** Rows are given with four decimals. */
const SAME_SCORE = 0.0001;

/** @param artifact ours @param remade the row's artifact */
export async function againstRow(
  model: MatrixCase,
  row: number,
  artifact: string,
  remade: string | undefined,
): Promise<AgainstRow> {
  const fp32 = await sampleLosses(model.model, model);
  const ours = await sampleLosses(artifact, model);
  const theirs = remade === undefined ? undefined : await sampleLosses(remade, model);
  const here = theirs?.score;
  const isRow = theirs !== undefined && Math.abs(theirs.score - row) < SAME_SCORE;
  const sign = model.lowerIsBetter ? 1 : -1;
  const worse = sign * (ours.score - (isRow ? theirs.score : row));
  const chance = isRow
    ? chanceOf(ours.losses, theirs.losses)
    : { errors: worse / scoreError(model, ours, fp32) };
  const difference = worse / Math.abs(row);
  return {
    fp32: fp32.score,
    ours: ours.score,
    here,
    difference,
    chance,
    verdict: verdictOf(difference, chance),
  };
}

/** Standard error of the difference of two scores. */
function scoreError({ metric }: MatrixCase, ours: SampleLosses, fp32: SampleLosses): number {
  const { score } = LOSSES[metric]!;
  const { error } = meanDifference(ours.losses, fp32.losses);
  const mean = ours.losses.reduce((sum, each) => sum + each, 0) / ours.losses.length;
  return Math.abs(score(mean + error) - score(mean));
}
