/** The algorithms of weight-only quantization through the whole pipeline, on data that has a structure. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../src/core/onnx/write.ts';
import { buildModel, noise, subgraph, tensor } from '../support/model-builder.ts';
import { bytesOf, npy, zip } from '../support/npz.ts';
import { quantizeGraph, runFiles } from '../support/quantize-graph.ts';
import { normal } from '../support/seeded.ts';

const WIDTH = 64;
const directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
const file = (name: string): string => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Vectors of few dimensions, with a little noise: neighbours in a trained network look like that. */
function activations(count: number, seed: number): Float32Array {
  const basis = normal(8 * WIDTH, 99);
  const z = normal(count * 8, seed);
  const rest = normal(count * WIDTH, seed + 1);
  return rest.map((x, at) => {
    const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
    let sum = 0.2 * x;
    for (let i = 0; i < 8; i++) sum += (z[row * 8 + i] as number) * (basis[i * WIDTH + column] as number);
    return sum;
  });
}

/** One weight is read by two products with different inputs, one only inside an If, one through transB. */
function model() {
  const weight = (seed: number, dims = [WIDTH, WIDTH]) =>
    tensor('float32', dims, noise(dims[0]! * dims[1]!, seed));
  const branch = (name: string) =>
    subgraph({
      name,
      nodes: [{ op: 'MatMul', in: ['c', 'inner'], out: [`${name}_y`] }],
      outputs: { [`${name}_y`]: ['float32', ['N', WIDTH]] },
    });
  return buildModel({
    inputs: { x: ['float32', ['N', WIDTH]] },
    initializers: {
      twice: weight(1),
      inner: weight(2),
      head: weight(3, [10, WIDTH]),
      bias: tensor('float32', [10], noise(10, 4)),
      zero: tensor('float32', [], [0]),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'twice'], out: ['a'] },
      { op: 'Tanh', in: ['a'], out: ['t'] },
      { op: 'MatMul', in: ['t', 'twice'], out: ['b'] },
      { op: 'Tanh', in: ['b'], out: ['c'] },
      { op: 'ReduceSum', in: ['x'], out: ['sum'], attrs: { keepdims: 0 } },
      { op: 'Greater', in: ['sum', 'zero'], out: ['cond'] },
      { op: 'If', in: ['cond'], out: ['d'], attrs: { then_branch: branch('p'), else_branch: branch('q') } },
      { op: 'Gemm', in: ['d', 'head', 'bias'], out: ['y'], attrs: { transB: 1 } },
    ],
    outputs: { y: ['float32', ['N', 10]] },
  });
}

beforeAll(() => {
  writeFileSync(file('model.onnx'), Buffer.concat([...writeModel(model()).chunks]));
  const data = (count: number, seed: number) =>
    zip([{ name: 'x.npy', data: npy('<f4', [count, WIDTH], bytesOf(activations(count, seed))) }]);
  writeFileSync(file('calib.npz'), data(256, 5));
  writeFileSync(file('eval.npz'), data(64, 7));
});

const id = (letter: string): string => letter.repeat(64);

async function sqnr(method: Record<string, unknown>, calibrated = true) {
  const { report } = await runFiles(
    {
      model: file('model.onnx'),
      evaluation: file('eval.npz'),
      ...(calibrated && { calibration: file('calib.npz') }),
    },
    { method, evaluation: id('b'), repair: false, ...(calibrated && { calibration: id('a') }) },
  );
  return { decibels: report.comparison.minSqnrDb as number, calibration: report.calibration };
}

describe.each(['matmulnbits', 'qdq'])('int4 as %s', format => {
  it('fits calibration data where there is some, else rounds to nearest', async () => {
    const method = { type: 'weight-only-int4', format };
    const nearest = await sqnr({ ...method, algorithm: 'rtn' });
    const without = await sqnr(method, false);
    const fitted = await sqnr(method);
    expect(without.decibels).toBeCloseTo(nearest.decibels, 6);
    expect(nearest.calibration).toBeUndefined();
    expect(fitted.decibels).toBeGreaterThan(nearest.decibels + 3);
    // Inputs x, t and d; those of the If's body cannot be seen.
    expect(fitted.calibration).toEqual({ samples: 256, calibrator: 'gptq', synthetic: false, values: 3 });
  });
});

it.each([
  ['weight-only-int4', { embeddings: 'int4' }, 20],
  ['weight-only-int4', {}, 22],
  ['weight-only-int8', {}, 38],
] as const)(
  'a table that Gather reads and MatMul reads transposed: %s %o',
  async (type, options, decibels) => {
    const tied = buildModel({
      inputs: { ids: ['int64', [12]] },
      initializers: { table: tensor('float32', [96, WIDTH], noise(96 * WIDTH, 6)) },
      nodes: [
        { op: 'Gather', in: ['table', 'ids'], out: ['h'] },
        { op: 'Transpose', in: ['table'], out: ['head'], attrs: { perm: [1, 0] } },
        { op: 'MatMul', in: ['h', 'head'], out: ['y'] },
      ],
      outputs: { y: ['float32', [12, 96]] },
    });
    const { report, artifact } = await quantizeGraph(tied, { type, ...options });
    expect(report.structure.quantizedNodes).toBe(2);
    expect(
      artifact.graph.initializers.filter(({ dtype }) => dtype === 'float32').map(({ name }) => name),
    ).toEqual([expect.stringContaining('scales'), expect.stringContaining('scales')]);
    expect(report.comparison.minSqnrDb).toBeGreaterThan(decibels);
  },
);

it.each(['Identity', 'Transpose'])(
  'plain ONNX keeps a table whose rows meet a product behind %s',
  async op => {
    const perm = op === 'Transpose' ? { attrs: { perm: [1, 0] } } : {};
    const direct = buildModel({
      inputs: { ids: ['int64', [12]] },
      initializers: {
        table: tensor('float32', [96, WIDTH], noise(96 * WIDTH, 6)),
        w: tensor('float32', [WIDTH, 32], noise(WIDTH * 32, 7)),
      },
      nodes: [
        { op: 'Gather', in: ['table', 'ids'], out: ['h'] },
        { op, in: ['h'], out: ['t'], ...perm },
        { op, in: ['t'], out: ['u'], ...perm },
        { op: 'MatMul', in: ['u', 'w'], out: ['y'] },
      ],
      outputs: { y: ['float32', [12, 32]] },
    });
    const { report } = await quantizeGraph(direct, { type: 'weight-only-int8', format: 'qdq' });
    expect(report.structure.quantizedNodes).toBe(1);
    expect(report.comparison.minSqnrDb).toBeGreaterThan(38);
  },
);

it('the other algorithms run and read no data', async () => {
  const nearest = await sqnr({ type: 'weight-only-int4', algorithm: 'rtn' });
  for (const algorithm of ['hqq', 'k-quant']) {
    const { decibels, calibration } = await sqnr({ type: 'weight-only-int4', algorithm });
    expect(decibels).toBeGreaterThan(nearest.decibels - 1);
    expect(decibels).not.toBe(nearest.decibels);
    expect(calibration).toBeUndefined();
  }
});

it.each([
  ['no data', undefined],
  ['random samples', { synthetic: true, samples: 4 }],
])('refuses gptq with %s', async (_name, calibration) => {
  const job = runFiles(
    { model: file('model.onnx') },
    { method: { type: 'weight-only-int8', algorithm: 'gptq' }, ...(calibration && { calibration }) },
  );
  await expect(job).rejects.toMatchObject({
    code: 'calibration_required',
    hint: expect.stringContaining('"algorithm"'),
  });
});
