/**
 * Graphs on which quantizers are known to give wrong, crashing or unloadable models. Each must come out at 35 dB or
 * better against onnxruntime's float result with optimisations on and off, or be refused by name. Random data.
 */
import { expect, test } from 'vitest';
import { tensorAttribute } from '../../src/core/ir/attribute.ts';
import type { Model } from '../../src/core/ir/model.ts';
import { buildModel, type NodeSpec, noise, noiseTensor, subgraph, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const STATIC = { type: 'static-int8' };
const DYNAMIC = { type: 'dynamic-int8' };

const f32 = (dims: number[], seed = 1, scale = 0.3) => noiseTensor(dims, seed, x => x * scale);
const scalar = (x: number) => tensor('float32', [], [x]);

const IMAGE = { x: ['float32', [1, 3, 12, 12]] } as const;
const ROWS = { x: ['float32', [4, 16]] } as const;
const conv = (input: string, output: string, weight = 'w', bias?: string): NodeSpec => ({
  op: 'Conv',
  in: bias ? [input, weight, bias] : [input, weight],
  out: [output],
  attrs: { pads: [1, 1, 1, 1] },
});
const W = { w: f32([8, 3, 3, 3]), u: f32([8, 3, 3, 3], 7), v: f32([8, 8, 3, 3], 2) };

const GRAPHS: Record<string, Model> = {
  'Clip whose range excludes 0': buildModel({
    inputs: IMAGE,
    initializers: { ...W, lo: scalar(0.5), hi: scalar(2) },
    nodes: [conv('x', 'a'), { op: 'Clip', in: ['a', 'lo', 'hi'], out: ['b'] }, conv('b', 'y', 'v')],
    outputs: { y: ['float32', [1, 8, 12, 12]] },
  }),
  'Gemm with alpha and beta': buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 10]), c: f32([10], 3) },
    nodes: [{ op: 'Gemm', in: ['x', 'w', 'c'], out: ['y'], attrs: { alpha: 0.5, beta: 2.5 } }],
    outputs: { y: ['float32', [4, 10]] },
  }),
  'Gemm with a scalar C': buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 10]), c: scalar(0.7) },
    nodes: [{ op: 'Gemm', in: ['x', 'w', 'c'], out: ['y'] }],
    outputs: { y: ['float32', [4, 10]] },
  }),
  'Gemm with a matrix C': buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 10]), c: f32([4, 10], 3), u: f32([10, 6], 4) },
    nodes: [
      { op: 'Gemm', in: ['x', 'w', 'c'], out: ['h'] },
      { op: 'Gemm', in: ['h', 'u'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 6]] },
  }),
  'a graph output that also feeds a Relu': buildModel({
    inputs: IMAGE,
    initializers: W,
    nodes: [conv('x', 'a'), { op: 'Relu', in: ['a'], out: ['y'] }],
    outputs: { a: ['float32', [1, 8, 12, 12]], y: ['float32', [1, 8, 12, 12]] },
  }),
  'a pre-activation used twice': buildModel({
    inputs: IMAGE,
    initializers: W,
    nodes: [conv('x', 'a'), { op: 'Relu', in: ['a'], out: ['b'] }, { op: 'Add', in: ['a', 'b'], out: ['y'] }],
    outputs: { y: ['float32', [1, 8, 12, 12]] },
  }),
  'a bias shared by two Convs': buildModel({
    inputs: IMAGE,
    initializers: { ...W, bias: f32([8], 5) },
    nodes: [conv('x', 'y', 'w', 'bias'), conv('x', 'z', 'u', 'bias')],
    outputs: { y: ['float32', [1, 8, 12, 12]], z: ['float32', [1, 8, 12, 12]] },
  }),
  'Pad with a constant outside the calibrated range': buildModel({
    inputs: IMAGE,
    initializers: {
      ...W,
      pads: tensor('int64', [8], [0, 0, 1, 1, 0, 0, 1, 1]),
      far: scalar(40),
    },
    nodes: [conv('x', 'a'), { op: 'Pad', in: ['a', 'pads', 'far'], out: ['b'] }, conv('b', 'y', 'v')],
    outputs: { y: ['float32', [1, 8, 14, 14]] },
  }),
  'Conv feeding Where': buildModel({
    inputs: IMAGE,
    initializers: { ...W, zero: scalar(0) },
    nodes: [
      conv('x', 'a'),
      { op: 'Greater', in: ['a', 'zero'], out: ['m'] },
      { op: 'Where', in: ['m', 'a', 'zero'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 8, 12, 12]] },
  }),
  'a quantized value as the denominator of Div': buildModel({
    inputs: IMAGE,
    initializers: { ...W, two: scalar(4), lo: scalar(1), hi: scalar(9) },
    nodes: [
      conv('x', 'a'),
      { op: 'Clip', in: ['a', 'lo', 'hi'], out: ['b'] },
      { op: 'Div', in: ['two', 'b'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 8, 12, 12]] },
  }),
  'a grouped ConvTranspose': buildModel({
    inputs: { x: ['float32', [1, 8, 6, 6]] },
    initializers: { w: f32([8, 4, 3, 3]), bias: f32([8], 6) },
    nodes: [{ op: 'ConvTranspose', in: ['x', 'w', 'bias'], out: ['y'], attrs: { group: 2 } }],
    outputs: { y: ['float32', [1, 8, 8, 8]] },
  }),
  'a 3-D constant B of MatMul': buildModel({
    inputs: { x: ['float32', [2, 4, 16]] },
    initializers: { w: f32([2, 16, 8]) },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', [2, 4, 8]] },
  }),
  'a 1-D B of MatMul beside a matrix': buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 16]), v: f32([16], 2) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'MatMul', in: ['a', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4]] },
  }),
  'weights in Constant nodes': buildModel({
    inputs: ROWS,
    nodes: [
      { op: 'Constant', out: ['w'], attrs: { value: tensorAttribute(f32([16, 64])) } },
      { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 64]] },
  }),
  'names with colons, quotes and spaces': buildModel({
    inputs: { 'in put:0': ['float32', [4, 16]] },
    initializers: { 'w "q"': f32([16, 10]) },
    nodes: [{ op: 'MatMul', in: ['in put:0', 'w "q"'], out: ['y/"z":1'] }],
    outputs: { 'y/"z":1': ['float32', [4, 10]] },
  }),
  'a dynamic batch': buildModel({
    inputs: { x: ['float32', ['N', 16]] },
    initializers: { w: f32([16, 10]) },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', ['N', 10]] },
  }),
  'an If whose branches capture a quantized value': buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 16]), v: f32([16, 16], 2), zero: scalar(0) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'ReduceSum', in: ['x'], out: ['s'], attrs: { keepdims: 0 } },
      { op: 'Greater', in: ['s', 'zero'], out: ['c'] },
      {
        op: 'If',
        in: ['c'],
        out: ['b'],
        attrs: {
          then_branch: subgraph({
            nodes: [{ op: 'MatMul', in: ['a', 'v'], out: ['t'] }],
            outputs: { t: ['float32', [4, 16]] },
          }),
          else_branch: subgraph({
            nodes: [{ op: 'Neg', in: ['a'], out: ['e'] }],
            outputs: { e: ['float32', [4, 16]] },
          }),
        },
      },
      { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 16]] },
  }),
};

test.each(Object.entries(GRAPHS))('static: %s', async (_, model) => {
  const { report } = await quantizeGraph(model, STATIC);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
  expect(report.structure.quantizedNodes).toBeGreaterThan(0);
});

const PRODUCTS = Object.entries(GRAPHS).filter(([name]) =>
  /Gemm|MatMul|Constant|names|dynamic|If/.test(name),
);

test.each(PRODUCTS)('dynamic: %s', async (_, model) => {
  const { report } = await quantizeGraph(model, DYNAMIC);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
});

test('an already quantized model is refused', async () => {
  const { artifact } = await quantizeGraph(GRAPHS['a dynamic batch']!, STATIC);
  await expect(quantizeGraph(artifact, STATIC)).rejects.toMatchObject({ code: 'already_quantized' });
});

test('static: a float16 model', async () => {
  const model = buildModel({
    inputs: { x: ['float16', [4, 16]] },
    initializers: { w: tensor('float16', [16, 10], noise(160)) },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float16', [4, 10]] },
  });
  const { report } = await quantizeGraph(model, STATIC);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
});

test.each([9, 10, 11, 12])('static: per-channel weights in a model of opset %i', async opset => {
  const model = buildModel({
    opset,
    inputs: IMAGE,
    initializers: W,
    nodes: [
      conv('x', 'a'),
      { op: 'Relu', in: ['a'], out: ['b'] },
      { op: 'Flatten', in: ['b'], out: ['c'] },
      { op: 'Softmax', in: ['c'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 1152]] },
  });
  const { report, artifact } = await quantizeGraph(model, STATIC);
  expect(artifact.opset).toBeGreaterThanOrEqual(13);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
});

test('a value that becomes NaN on the calibration data is named with its sample', async () => {
  const model = buildModel({
    inputs: ROWS,
    initializers: { w: f32([16, 16]) },
    nodes: [
      { op: 'Log', in: ['x'], out: ['a'] },
      { op: 'MatMul', in: ['a', 'w'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 16]] },
  });
  await expect(quantizeGraph(model, STATIC)).rejects.toMatchObject({
    code: 'dataset_not_finite',
    message: 'value "a" is NaN or infinite on calibration sample 0',
  });
});

test('16-bit activations raise the opset to 21', async () => {
  const { report, artifact } = await quantizeGraph(GRAPHS['a bias shared by two Convs']!, {
    type: 'static-int8',
    activation: 'uint16',
  });
  expect(artifact.opset).toBe(21);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(40);
});

test('dynamic: an LSTM becomes DynamicQuantizeLSTM', async () => {
  const model = buildModel({
    inputs: { x: ['float32', [6, 2, 16]] },
    initializers: { w: f32([1, 64, 16]), r: f32([1, 64, 16], 2), b: f32([1, 128], 3) },
    nodes: [{ op: 'LSTM', in: ['x', 'w', 'r', 'b'], out: ['y'], attrs: { hidden_size: 16 } }],
    outputs: { y: ['float32', [6, 1, 2, 16]] },
  });
  const { report, artifact } = await quantizeGraph(model, DYNAMIC);
  expect(artifact.graph.nodes.map(node => node.qualifiedType)).toEqual(['com.microsoft.DynamicQuantizeLSTM']);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
});
