/**
 * Perplexity of next-token targets: exp of the mean of -log softmax(logits)[target], targets below zero ignored.
 *
 * The mean is capped at 50 nats, so that a broken model gives a large number and not infinity.
 */
import { visitClassRows } from './class-rows.ts';
import type { Metric } from './metric.ts';

const MAX_NATS = 50;

export const perplexity: Metric = {
  id: 'perplexity',
  title: 'Perplexity',
  higherIsBetter: false,
  accuracy: false,
  labels: 'indices',
  unit: '',
  create() {
    let nats = 0;
    let count = 0;
    return {
      add(output, label) {
        visitClassRows(output, label, (row, target) => {
          nats += logSumExp(row) - row[target]!;
          count++;
        });
      },
      value: () => Math.exp(Math.min(Number.isNaN(nats) ? MAX_NATS : nats / count, MAX_NATS)),
    };
  },
};

function logSumExp(row: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of row) top = Math.max(top, value);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - top);
  return top + Math.log(sum);
}
