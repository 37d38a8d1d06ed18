/**
 * Against an independent evaluation in numpy of the same deterministic arrays: arr(n, a, b) below is
 * (((np.arange(n) * a) % b) / b - 0.5).astype(np.float32).
 */
import { describe, expect, it } from 'vitest';
import { encode } from '../../../src/core/data/floats.ts';
import type { RuntimeTensor } from '../../../src/core/data/samples.ts';
import { OutputComparison } from '../../../src/core/metrics/compare-outputs.ts';
import { METRICS } from '../../../src/core/metrics/index.ts';
import { metricLoss } from '../../../src/core/metrics/metric.ts';

const N = 40;

function arr(n: number, a: number, b: number): Float32Array {
  return Float32Array.from({ length: n }, (_, index) => ((index * a) % b) / b - 0.5);
}

function f32(dims: number[], data: Float32Array): RuntimeTensor {
  return { dtype: 'float32', dims, data };
}

function i64(dims: number[], values: number[]): RuntimeTensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}

function scores(i: number): { reference: RuntimeTensor; got: RuntimeTensor } {
  const reference = arr(10, 7919 + i, 1009);
  const noise = arr(10, 104729 + 3 * i, 997);
  const got = reference.map((value, index) => value + Math.fround(noise[index]! * Math.fround(1.2)));
  return { reference: f32([1, 10], reference), got: f32([1, 10], got) };
}

function image(i: number, a: number, b: number, dims: number[]): RuntimeTensor {
  return f32(
    dims,
    arr(48, a + i, b).map(value => Math.min(1, Math.max(0, value + 0.5))),
  );
}

function evaluate(id: string, sample: (i: number) => [RuntimeTensor, RuntimeTensor]): number {
  const scorer = METRICS.get(id)!.create();
  for (let i = 0; i < N; i++) scorer.add(...sample(i));
  return scorer.value();
}

const labelled = (i: number): [RuntimeTensor, RuntimeTensor] => [scores(i).got, i64([1], [(i * 31) % 10])];
const pictures = (i: number): [RuntimeTensor, RuntimeTensor] => [
  image(i, 7919, 1009, [1, 3, 4, 4]),
  image(i, 104729, 997, [1, 3, 4, 4]),
];
const T = 12;
const V = 7;
function text(i: number): [RuntimeTensor, RuntimeTensor] {
  const logits = arr(T * V, 7919 + i, 1009).map(value => value * 8);
  const next = Array.from({ length: T }, (_, t) => ((i + t) % 5 ? (i + 3 * t) % V : -1));
  return [f32([1, T, V], logits), i64([1, T], next)];
}

describe('metrics agree with numpy', () => {
  it.each([
    ['top1', labelled, 0.1],
    ['top5', labelled, 0.525],
    ['mse', pictures, 0.16540039956997385],
    ['psnr', pictures, 7.814634456249161],
    ['cosine', pictures, 0.7388509432331702],
    ['perplexity', text, 43.835479214455816],
  ] as const)('%s', (id, sample, expected) => {
    // float32 arrays are the same bit for bit; only the order of float64 sums differs.
    expect(evaluate(id, sample)).toBeCloseTo(expected, 9);
  });

  it('compares outputs', () => {
    const comparison = new OutputComparison();
    for (let i = 0; i < N; i++) comparison.add(scores(i).reference, scores(i).got);
    const figures = comparison.figures();
    expect(figures.sqnrDb).toBeCloseTo(-1.0535042005596282, 9);
    expect(figures.cosine).toBeCloseTo(0.6912341653246729, 9);
    expect(figures.maxAbsError).toBeCloseTo(0.6000000238418579, 12);
    expect(figures.agreement).toBeCloseTo(0.75, 12);
    expect(figures).toMatchObject({ finite: true, referenceFinite: true });
  });
});

describe('OutputComparison at the edges', () => {
  function compare(reference: RuntimeTensor, got: RuntimeTensor) {
    const comparison = new OutputComparison();
    comparison.add(reference, got);
    return comparison.figures();
  }
  const row = (...values: number[]): RuntimeTensor => f32([1, values.length], Float32Array.from(values));

  it('gives 300 dB to equal outputs and -300 dB to a NaN', () => {
    expect(compare(row(1, 2), row(1, 2))).toMatchObject({ sqnrDb: 300, agreement: 1, maxAbsError: 0 });
    expect(compare(row(1, 2), row(1, Number.NaN))).toMatchObject({ sqnrDb: -300, finite: false });
  });

  it('holds elements without counterparts against zero', () => {
    // 10 log10(25 / (25 + 11)), with 9 + 16 in the reference and 1 + 1 + 9 in the other.
    expect(compare(row(3, 4), row(1, 1, 3))).toMatchObject({
      sqnrDb: expect.closeTo(-1.583625, 5),
      cosine: 0,
      maxAbsError: 4,
      otherShapes: { samples: 1, reference: [1, 2], got: [1, 3] },
    });
    expect(compare(i64([2], [0, 0]), i64([3], [0, 0, 0]))).toMatchObject({
      agreement: 0,
      otherShapes: { samples: 1 },
    });
    expect(compare(row(1, 2), row(1, 2)).otherShapes).toBeUndefined();
  });

  it('leaves out what the reference itself does not give', () => {
    expect(compare(row(1, Number.NaN), row(1, 5))).toMatchObject({
      sqnrDb: 300,
      finite: true,
      referenceFinite: false,
    });
  });

  it('counts equal elements of an integer output and has no SQNR for it', () => {
    expect(compare(i64([4], [1, 2, 3, 4]), i64([4], [1, 2, 9, 4]))).toMatchObject({
      sqnrDb: undefined,
      cosine: undefined,
      agreement: 0.75,
      maxAbsError: 6,
    });
  });

  it('has no agreement where there is one score, or an image', () => {
    expect(compare(row(1), row(2)).agreement).toBeUndefined();
    const image = f32([1, 1, 2, 2], new Float32Array(4));
    expect(compare(image, image).agreement).toBeUndefined();
  });

  it('reads 16-bit floats', () => {
    const half = (values: number[]): RuntimeTensor => ({
      dtype: 'float16',
      dims: [1, values.length],
      data: encode(Float32Array.from(values), 'float16'),
    });
    expect(compare(half([1, 2]), half([1, 2.5]))).toMatchObject({ maxAbsError: 0.5, agreement: 1 });
    expect(compare(half([3, 4]), half([3, 4.5])).sqnrDb).toBeCloseTo(20, 12);
  });
});

describe('class axes', () => {
  it('finds classes on axis 1 of a segmentation', () => {
    // Two pixels, three classes: pixel 0 scores 0 5 1, pixel 1 scores 9 2 3.
    const output = f32([1, 3, 1, 2], Float32Array.of(0, 9, 5, 2, 1, 3));
    const top1 = METRICS.get('top1')!.create();
    top1.add(output, i64([1, 1, 2], [1, 2]));
    expect(top1.value()).toBe(0.5);
  });

  it('leaves out labels below zero and refuses labels beyond the classes', () => {
    const output = f32([2, 3], Float32Array.of(0, 1, 2, 0, 1, 2));
    const top1 = METRICS.get('top1')!.create();
    top1.add(output, i64([2], [2, -1]));
    expect(top1.value()).toBe(1);
    expect(() => top1.add(output, i64([2], [2, 3]))).toThrow(/label 3 is not one of the 3 classes/);
  });

  it('takes the first of equal scores', () => {
    const top1 = METRICS.get('top1')!.create();
    top1.add(f32([2, 2], Float32Array.of(1, 1, 1, 1)), i64([2], [0, 1]));
    expect(top1.value()).toBe(0.5);
  });
});

describe('metricLoss', () => {
  it.each([
    ['top1', 0.9, 0.88, 0.02],
    ['top1', 0.9, 0.91, -0.01],
    ['perplexity', 4, 5, 0.25],
    ['psnr', 20, 19, 0.05],
    ['mse', 0.5, 0.4, -0.2],
  ] as const)('of %s from %f to %f is %f', (id, reference, candidate, loss) => {
    expect(metricLoss(METRICS.get(id)!, reference, candidate)).toBeCloseTo(loss, 12);
  });

  it('is infinite where nothing was wrong before', () => {
    expect(metricLoss(METRICS.get('mse')!, 0, 0.1)).toBe(Number.POSITIVE_INFINITY);
    expect(metricLoss(METRICS.get('mse')!, 0, 0)).toBe(0);
  });
});
