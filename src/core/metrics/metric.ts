/**
 * What a metric is: it scores the outputs of a model against labels, sample by sample.
 *
 * Invariant: memory is constant in the number of samples, and sums are float64. `value()` depends only on the multiset
 * of (output, label) pairs up to rounding.
 */
import type { Identified } from '../../registry.ts';
import type { RuntimeTensor } from '../data/samples.ts';

export interface Scorer {
  /** One sample's output and its label. */
  add(output: RuntimeTensor, label: RuntimeTensor): void;
  /** At least one sample was added. */
  value(): number;
}

export interface Metric extends Identified {
  readonly title: string;
  readonly higherIsBetter: boolean;
  /** A share of right answers: its losses are absolute. Losses of every other metric are relative. */
  readonly accuracy: boolean;
  /** Class (or token) indices, or arrays of the output's shape. */
  readonly labels: 'indices' | 'targets';
  readonly unit: '' | 'dB';
  create(): Scorer;
}

/**
 * What was lost, positive when `candidate` is worse: in points of an accuracy, else as a share of the reference.
 * Infinite where the reference is 0 and something was lost.
 */
export function metricLoss(metric: Metric, reference: number, candidate: number): number {
  const loss = metric.higherIsBetter ? reference - candidate : candidate - reference;
  if (metric.accuracy || loss === 0) return loss;
  return loss / Math.abs(reference);
}
