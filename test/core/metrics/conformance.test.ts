/** What every metric must do, whichever it is. */
import { describe, expect, it } from 'vitest';
import type { RuntimeTensor } from '../../../src/core/data/samples.ts';
import { METRICS } from '../../../src/core/metrics/index.ts';
import { type Metric, metricLoss } from '../../../src/core/metrics/metric.ts';

const CLASSES = 8;
const SAMPLES = 6;

/** Outputs that are right, and outputs that are `error` away from right. */
function sample(metric: Metric, index: number, error: number): [RuntimeTensor, RuntimeTensor] {
  const wave = Float32Array.from({ length: CLASSES }, (_, each) => 0.5 + 0.4 * Math.sin(index + each));
  const off = wave.map((value, each) => value + error * Math.cos(3 * index + 5 * each));
  const dims = [1, CLASSES];
  if (metric.labels === 'targets')
    return [
      { dtype: 'float32', dims, data: off },
      { dtype: 'float32', dims, data: wave },
    ];
  const best = wave.indexOf(Math.max(...wave));
  return [
    { dtype: 'float32', dims, data: off.map(value => value * 20) },
    { dtype: 'int64', dims: [1], data: BigInt64Array.of(BigInt(best)) },
  ];
}

function evaluate(metric: Metric, error: number, order: readonly number[]): number {
  const scorer = metric.create();
  for (const index of order) scorer.add(...sample(metric, index, error));
  return scorer.value();
}

const forwards = Array.from({ length: SAMPLES }, (_, index) => index);

describe.each(METRICS.all.map(metric => [metric.id, metric] as const))('%s', (_, metric) => {
  it('finds nothing lost where nothing changed, and loss where outputs are far off', () => {
    const good = evaluate(metric, 0, forwards);
    expect(Number.isFinite(good)).toBe(true);
    expect(metricLoss(metric, good, good)).toBe(0);
    expect(metricLoss(metric, good, evaluate(metric, 3, forwards))).toBeGreaterThan(0);
  });

  it('does not depend on the order of the samples', () => {
    expect(evaluate(metric, 0.7, [...forwards].reverse())).toBeCloseTo(evaluate(metric, 0.7, forwards), 10);
  });

  it('keeps its scorers apart', () => {
    const [first, second] = [metric.create(), metric.create()];
    first.add(...sample(metric, 0, 0));
    second.add(...sample(metric, 0, 3));
    expect(first.value()).toBe(evaluate(metric, 0, [0]));
  });

  it('is a share from 0 to 1 where it says that it is an accuracy', () => {
    if (!metric.accuracy) return;
    expect(evaluate(metric, 0.7, forwards)).toBeGreaterThanOrEqual(0);
    expect(evaluate(metric, 0.7, forwards)).toBeLessThanOrEqual(1);
  });
});
