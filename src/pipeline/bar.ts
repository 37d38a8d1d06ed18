/**
 * The bar that an artifact must reach: the spec's gates, and where it names none, defaults for a model that is still
 * right. The repair works until it is reached.
 */
import type { Metric } from '../core/metrics/metric.ts';
import type { Gates } from './stage-results.ts';
import type { Verification } from './verify.ts';

/** Below this, outputs carry visible noise: 20 dB is an error of a tenth of the signal's amplitude. */
export const DEFAULT_MIN_SQNR_DB = 20;
/** One point of an accuracy; two percent of any other metric. */
export const DEFAULT_MAX_DROP = { accuracy: 0.01, other: 0.02 } as const;

export function withDefaultGates(gates: Gates, metric: Metric | undefined): Gates {
  if (gates.maxAccuracyDrop !== undefined || gates.minSqnrDb !== undefined) return gates;
  if (!metric) return { ...gates, minSqnrDb: DEFAULT_MIN_SQNR_DB };
  return { ...gates, maxAccuracyDrop: metric.accuracy ? DEFAULT_MAX_DROP.accuracy : DEFAULT_MAX_DROP.other };
}

export function reachesBar({ minSqnrDb, loss }: Verification, gates: Gates): boolean {
  if (gates.minSqnrDb !== undefined && minSqnrDb !== undefined && minSqnrDb < gates.minSqnrDb) return false;
  return gates.maxAccuracyDrop === undefined || loss === undefined || loss <= gates.maxAccuracyDrop;
}
