/**
 * A request for weights that are rounded against calibration data: which values to gather second moments of, and what
 * to make of the moments.
 *
 * Invariant: a group is rounded once, whatever is later released to float; the result depends on the moment alone. It
 * is kept apart from the plan because moments are large: they are given up as soon as their group is rounded.
 */
import type { SecondMoment } from '../../calibration/second-moment.ts';
import type { WeightQuant } from '../plan.ts';

/** By node name. */
export type RoundedWeights = ReadonlyMap<string, WeightQuant>;

export interface WeightRounding {
  /** Names of the values whose vectors, along their last axis, meet the weights. */
  readonly inputs: readonly string[];
  /** Length of the vectors. */
  readonly size: number;
  round(moment: SecondMoment): RoundedWeights;
}
