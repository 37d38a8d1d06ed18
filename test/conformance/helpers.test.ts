/**
 * Accuracy helpers against the same computed in numpy from the papers' formulas (test/fixtures/helpers/make.py): whole jobs
 * on one small layer each. A job may do better than the formula, and hardly worse.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeModel } from '../../src/core/onnx/write.ts';
import { elements } from '../../src/core/tensor/tensor.ts';
import { buildModel, type NodeSpec, tensor } from '../support/model-builder.ts';
import { bytesOf, npy, zip } from '../support/npz.ts';
import { type GraphResult, runFiles } from '../support/quantize-graph.ts';

type Numbers = Readonly<Record<string, number>> & { readonly x: number[]; readonly w: number[] };
interface Fixture {
  readonly gptq: Numbers;
  readonly equalization: Numbers & { readonly w1: number[]; readonly w2: number[] };
  readonly smooth: Numbers & { readonly gain: number[] };
  readonly bias: Numbers & { readonly correction: number[] };
}
const { gptq, equalization, smooth, bias } = JSON.parse(
  readFileSync(new URL('../fixtures/helpers/helpers.json', import.meta.url), 'utf8'),
) as Fixture;

const f32 = (dims: number[], data: number[]) => tensor('float32', dims, data);

/** The last node writes y. Calibrated and compared on the same rows, as in numpy. */
async function job(
  { x, k, rows }: Numbers,
  width: number,
  initializers: Record<string, ReturnType<typeof f32>>,
  nodes: NodeSpec[],
  options: Record<string, unknown>,
): Promise<GraphResult> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-helpers-'));
  try {
    const [model, data] = [join(directory, 'model.onnx'), join(directory, 'data.npz')];
    const graph = buildModel({
      inputs: { x: ['float32', ['N', k!]] },
      outputs: { y: ['float32', ['N', width]] },
      initializers,
      nodes,
    });
    writeFileSync(model, Buffer.concat([...writeModel(graph).chunks]));
    writeFileSync(
      data,
      zip([{ name: 'x.npy', data: npy('<f4', [rows!, k!], bytesOf(Float32Array.from(x))) }]),
    );
    return await runFiles(
      { model, calibration: data, evaluation: data },
      {
        method: { type: 'static-int8', calibrator: { type: 'min-max' }, ...options },
        calibration: 'a'.repeat(64),
        evaluation: 'b'.repeat(64),
        repair: false,
        gates: { minSqnrDb: 0 },
      },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const dbOf = ({ report }: GraphResult): number => report.comparison.minSqnrDb!;
/** Without optimisations, which is in float on every CPU, as numpy computes. */
const exactDbOf = ({ report }: GraphResult): number => report.outputs[0]!.sqnrDbUnoptimized!;
/** Nearly exact activations, where numpy rounds weights alone. */
const WEIGHTS_ALONE = { activation: 'uint16', bias: 'float' };

test('GPTQ comes as close as the optimal brain surgeon, which beats rounding to nearest by 5 dB', async () => {
  const { k, n, w } = gptq;
  const run = (options: object) =>
    job(gptq, n!, { w: f32([k!, n!], w) }, [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }], {
      ...WEIGHTS_ALONE,
      weight: 'int4',
      ...options,
    });
  expect(gptq.gptqDb! - gptq.nearestDb!).toBeGreaterThan(5);
  expect(dbOf(await run({}))).toBeCloseTo(gptq.nearestDb!, 0);
  // Numpy takes the code -8 in every channel, the helper only where rounding to nearest took it; and it takes correlations as
  // they come out, which is best on the very data that they come from.
  expect(dbOf(await run({ rounding: 'gptq' }))).toBeGreaterThan(gptq.gptqDb! - 0.8);
});

test('cross-layer equalization brings back what unequal channels lose: 2.8 to 42.8 dB in numpy', async () => {
  const { k, m, n, w1, w2 } = equalization;
  const nodes = [
    { op: 'MatMul', in: ['x', 'w1'], out: ['h'] },
    { op: 'Relu', in: ['h'], out: ['r'] },
    { op: 'MatMul', in: ['r', 'w2'], out: ['y'] },
  ];
  const run = (options: object) =>
    job(equalization, n!, { w1: f32([k!, m!], w1), w2: f32([m!, n!], w2) }, nodes, {
      ...WEIGHTS_ALONE,
      perChannel: false,
      ...options,
    });
  expect(equalization.equalizedDb! - equalization.plainDb!).toBeGreaterThan(30);
  expect(dbOf(await run({}))).toBeLessThan(equalization.plainDb! + 1);
  expect(dbOf(await run({ equalize: true }))).toBeGreaterThan(equalization.equalizedDb! - 1);
});

test('SmoothQuant brings back what two outlier channels cost: 10 dB in numpy', async () => {
  const { k, n, w, gain } = smooth;
  const nodes = [
    { op: 'Mul', in: ['x', 'gain'], out: ['data'] },
    { op: 'MatMul', in: ['data', 'w'], out: ['y'] },
  ];
  const run = (options: object) =>
    job(smooth, n!, { gain: f32([k!], gain), w: f32([k!, n!], w) }, nodes, {
      perChannel: false,
      saturationGuard: false,
      ...options,
    });
  expect(smooth.smoothDb! - smooth.plainDb!).toBeGreaterThan(9);
  expect(Math.abs(exactDbOf(await run({ smoothQuant: 'none' })) - smooth.plainDb!)).toBeLessThan(0.7);
  expect(exactDbOf(await run({ smoothQuant: {} }))).toBeGreaterThan(smooth.smoothDb! - 0.7);
  // A factor for each channel is what a normalization ends with; numpy took the strength 0.5.
  expect(exactDbOf(await run({}))).toBeGreaterThan(smooth.smoothDb! - 0.7);
});

test('bias correction adds the mean error that numpy finds', async () => {
  const { k, n, w, correction } = bias;
  const given = Array.from({ length: n! }, (_, i) => i);
  const { artifact } = await job(
    bias,
    n!,
    { w: f32([k!, n!], w), b: f32([n!], given) },
    [
      { op: 'MatMul', in: ['x', 'w'], out: ['m'] },
      { op: 'Add', in: ['m', 'b'], out: ['y'] },
    ],
    { ...WEIGHTS_ALONE, weight: 'int4', biasCorrection: true },
  );
  // The runtime has made one Gemm of both.
  const [gemm] = artifact.graph.nodes.filter(({ opType }) => opType === 'Gemm');
  const written = elements(gemm!.inputs[2]!.initializer!, 'float32');
  written.forEach((value, i) => {
    expect(value - given[i]!).toBeCloseTo(correction[i]!, 3);
  });
});
