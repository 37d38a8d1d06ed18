import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Model } from '../../src/core/ir/model.ts';
import type { Dim, Value } from '../../src/core/ir/value.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { buildModel, noise, noiseTensor, tensor } from '../support/model-builder.ts';
import { bytesOf, npy } from '../support/npz.ts';
import { quantizeGraph, runFiles } from '../support/quantize-graph.ts';

/** The output y is read by a node as well, so that its shape matters to what is written around it. */
const modelOf = (dims: readonly Dim[]) =>
  buildModel({
    opset: 17,
    inputs: { x: ['float32', ['N', 4, 32]] },
    initializers: { w: noiseTensor([32, 32], 7), v: noiseTensor([32, 32], 9) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
      { op: 'MatMul', in: ['y', 'v'], out: ['z'] },
    ],
    outputs: { y: ['float32', dims], z: ['float32', ['N', 4, 32]] },
  });

const run = async (dims: readonly Dim[], method: string) => {
  const { report, artifact } = await quantizeGraph(modelOf(dims), { type: method });
  const warnings = report.warnings.filter(text => text.includes('declares other shapes'));
  return { dims: artifact.graph.outputs[0]?.dims, warnings };
};

test.each([
  ['another length', ['N', 4, 9]],
  ['one axis more', ['N', 4, 32, 1]],
  ['one axis less', [4, 32]],
  ['a scalar', []],
])('a declared shape that is false gives way to the real one: %s', async (_, dims) => {
  for (const method of ['static-int8', 'dynamic-int8', 'float16', 'convert'])
    expect(await run(dims, method)).toEqual({
      dims: ['N', 4, 32],
      warnings: [expect.stringContaining('"y"')],
    });
});

test.each([[['N', 4, 32]], [['batch', 'length', 32]], [[8, 4, 32]]])(
  'what does not contradict the model stays: %j',
  async dims => {
    expect(await run(dims, 'static-int8')).toEqual({ dims, warnings: [] });
  },
);

test('what the file leaves open of an output stays open', async () => {
  const model = modelOf([]);
  model.graph.outputs[0]!.type = { kind: 'tensor', dtype: 'float32', dims: undefined };
  const { artifact } = await quantizeGraph(model, { type: 'static-int8' });
  expect(artifact.graph.outputs[0]?.dims).toBeUndefined();
});

test('an input without a declared rank takes the rank of the data', async () => {
  const model = modelOf([]);
  for (const value of [...model.graph.inputs, ...model.graph.outputs])
    value.type = { kind: 'tensor', dtype: 'float32', dims: undefined };
  await expect(quantizeGraph(model, { type: 'static-int8' })).rejects.toMatchObject({
    code: 'model_unsupported',
    message: 'no random data can be made for input "x"',
  });
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-ranks-'));
  try {
    const path = (name: string): string => join(directory, name);
    writeFileSync(path('model.onnx'), Buffer.concat([...writeModel(model).chunks]));
    const floats = Float32Array.from(noise(16 * 4 * 32, 5));
    writeFileSync(path('x.npy'), npy('<f4', [16, 4, 32], bytesOf(floats)));
    const { report } = await runFiles(
      { model: path('model.onnx'), calibration: path('x.npy') },
      { method: { type: 'static-int8' }, repair: false },
    );
    expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(34);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const inner = (model: Model, name: string): Value =>
  model.graph.nodes.flatMap(node => node.outputs).find(value => value?.name === name)!;

/** Two convolutions of which the first pads its rows by `pad` more than the shape declared for its output says. */
function convolutions(pad: number): Model {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [1, 4, 8, 8]] },
    initializers: {
      w: noiseTensor([4, 4, 3, 3], 1),
      v: noiseTensor([4, 4, 3, 3], 2),
      b: noiseTensor([4], 3),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['c'], attrs: { pads: [pad, 1, 1, 1] } },
      { op: 'Conv', in: ['c', 'v', 'b'], out: ['y'], attrs: { pads: [1, 1, 1, 1] } },
    ],
    outputs: { y: ['float32', [1, 4, 8, 8]] },
  });
  inner(model, 'c').type = { kind: 'tensor', dtype: 'float32', dims: [1, 4, 8, 8] };
  return model;
}

test('a false shape of a value between two nodes gives way: buffers would be planned by it', async () => {
  const { report, artifact } = await quantizeGraph(convolutions(16), { type: 'static-int8' });
  expect(inner(artifact, 'c').dims).toEqual([1, 4, 23, 8]);
  expect(artifact.graph.outputs[0]?.dims).toEqual([1, 4, 23, 8]);
  expect(report.warnings).toContainEqual(expect.stringContaining('for "y", "c";'));
});

test('a shape of an inner value that is true is not spoken of', async () => {
  const { report, artifact } = await quantizeGraph(convolutions(1), { type: 'static-int8' });
  expect(inner(artifact, 'c').dims).toEqual([1, 4, 8, 8]);
  expect(report.warnings.filter(text => text.includes('declares'))).toEqual([]);
});

test('an axis that only the declared shape of an inner value has is not looked for in its data', async () => {
  const model = buildModel({
    opset: 17,
    inputs: { i: ['int64', [2]] },
    initializers: { t: noiseTensor([32, 16], 1), w: noiseTensor([16, 8], 2) },
    nodes: [
      { op: 'Gather', in: ['t', 'i'], out: ['e'] },
      { op: 'MatMul', in: ['e', 'w'], out: ['y'] },
    ],
    outputs: { y: ['float32'] },
  });
  inner(model, 'e').type = { kind: 'tensor', dtype: 'float32', dims: [2, 6, 16] };
  const { artifact } = await quantizeGraph(model, { type: 'static-int8', smoothQuant: {} });
  expect(inner(artifact, 'e').dims).toEqual([2, 16]);
});

test('a type that says nothing is replaced: fusions of onnxruntime trip over it', async () => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [5, 10]] },
    initializers: {
      w: noiseTensor([100, 10], 1),
      b: noiseTensor([100], 2),
      low: tensor('float32', [], [-1]),
      high: tensor('float32', [], [1]),
      v: noiseTensor([10, 100], 3),
      d: noiseTensor([10], 4),
    },
    nodes: [
      { op: 'Gemm', in: ['x', 'w', 'b'], out: ['g'], attrs: { transB: 1 } },
      { op: 'Clip', in: ['g', 'low', 'high'], out: ['c'] },
      { op: 'Gemm', in: ['c', 'v', 'd'], out: ['y'], attrs: { transB: 1 } },
    ],
    outputs: { y: ['float32'] },
  });
  // A TypeProto without a field.
  inner(model, 'g').type = { kind: 'opaque', proto: new Uint8Array() };
  const { report } = await quantizeGraph(model, { type: 'static-int8' });
  expect(report.warnings).toContainEqual(expect.stringContaining('for "g";'));
});

test('what onnxruntime refuses is refused with the declared types as well as without', async () => {
  const model = convolutions(1);
  model.graph.nodes[0]!.opType = 'Mul';
  await expect(quantizeGraph(model, { type: 'static-int8' })).rejects.toMatchObject({
    code: 'model_load_failed',
  });
});
