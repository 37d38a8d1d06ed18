/**
 * The trained models with labelled data: the default of static-int8 keeps what they do. The bars are those of the
 * reference quantizer's best 8-bit row (onnxruntime.quantization 1.30) plus 0.3 points, or 2 % of a metric that is no
 * accuracy; the fp32 scores are those of the models' cards.
 */
import { describe, expect, test } from 'vitest';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { runFiles } from '../support/quantize-graph.ts';
import { onThisHost } from '../support/saturation.ts';

const files = (name: string) => ({
  model: fixture(`zoo/${name}/model.onnx`),
  calibration: fixture(`zoo/${name}/calib.npz`),
  evaluation: fixture(`zoo/${name}/eval.npz`),
});
const spec = (metric: string) => ({
  method: 'static-int8',
  calibration: 'a'.repeat(64),
  evaluation: 'b'.repeat(64),
  metric,
});

const ZOO = [
  {
    name: 'denoiser',
    metric: 'psnr',
    fp32: 23.134491818063818,
    bar: 23.13449 * 0.98,
    sqnr: 39.5,
    size: 0.32,
  },
  { name: 'fashion_mbv2', metric: 'top1', fp32: 0.894, bar: 0.8955 - 0.003, sqnr: 37.5, size: 0.36 },
  { name: 'fashion_vit', metric: 'top1', fp32: 0.835, bar: 0.836 - 0.003, sqnr: 39.5, size: 0.32 },
  {
    name: 'tiny_gpt',
    metric: 'perplexity',
    fp32: 4.542588205968597,
    bar: 4.5449 * 1.003,
    sqnr: 42.5,
    size: 0.32,
  },
] as const;

describe.skipIf(!hasFixtures)('static-int8 with defaults on trained models (needs fixtures)', () => {
  test.each(ZOO)('$name', { timeout: 180_000 }, async ({ name, metric, fp32, bar, sqnr, size }) => {
    const { report } = await runFiles(files(name), spec(metric));
    expect(report.verdict).toBe('pass');
    expect(report.repair.rounds).toEqual([]);
    expect(report.models.reference.score).toBeCloseTo(fp32, 6);
    const score = report.models.artifact.score!;
    if (metric === 'perplexity') expect(score).toBeLessThan(bar);
    else expect(score).toBeGreaterThanOrEqual(bar);
    expect(report.comparison.minSqnrDb).toBeGreaterThan(onThisHost(sqnr));
    expect(report.comparison.sizeRatio).toBeLessThan(size);
  });
});

describe('the bundled example', () => {
  const example = (file: string) => new URL(`../../examples/fashion-mbv2/${file}`, import.meta.url).pathname;

  test('the same job twice gives the same bytes', { timeout: 120_000 }, async () => {
    const inputs = { model: example('model.onnx'), calibration: example('calib.npz') };
    const job = { method: 'static-int8', calibration: 'a'.repeat(64) };
    const [first, second] = [await runFiles(inputs, job), await runFiles(inputs, job)];
    expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).toBe(true);
    expect(first.report.comparison.minSqnrDb).toBeGreaterThan(30);
  });
});
