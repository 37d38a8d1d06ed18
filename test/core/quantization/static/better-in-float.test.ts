/** Multiplications are counted by hand: weights times positions of the output. */
import { expect, test } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { betterInFloat } from '../../../../src/core/quantization/static/better-in-float.ts';
import { buildModel, noise, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';

const f32 = (dims: number[]) => tensor('float32', dims, noise(dims.reduce((a, b) => a * b, 1)));

/** Names of the nodes that had better stay float, by their output. @param dims of outputs, as the runtime would infer them */
function named(model: Model, dims: Readonly<Record<string, number[]>> = {}): string[] {
  for (const node of model.graph.nodes)
    for (const output of node.outputs)
      if (output) output.type = { kind: 'tensor', dtype: 'float32', dims: dims[output.name] };
  const reason = betterInFloat(model.graph);
  return model.graph.nodes.filter(node => reason(node)).map(node => node.name);
}

const attention = () =>
  buildModel({
    inputs: { x: ['float32', [4, 8]], z: ['float32', [4, 8]] },
    initializers: { w: f32([8, 8]), v: f32([8, 8]), b: f32([8]) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['p'] },
      { op: 'Add', in: ['p', 'b'], out: ['biased'] },
      { op: 'MatMul', in: ['z', 'w'], out: ['q'] },
      { op: 'Add', in: ['q', 'biased'], out: ['sum'] },
      { op: 'MatMul', in: ['sum', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 8]] },
  });

test('the Add of a bias behind a product; not the sum of two activations', () => {
  expect(named(attention())).toEqual(['biased']);
});

test('products of two activations, in a model that has others', () => {
  const nodes = [
    { op: 'MatMul', in: ['x', 'w'], out: ['p'] },
    { op: 'MatMul', in: ['p', 'z'], out: ['y'] },
  ];
  const inputs = { x: ['float32', [4, 8]], z: ['float32', [8, 4]] } as const;
  const initializers = { w: f32([8, 8]) };
  const outputs = { y: ['float32', [4, 4]] } as const;
  expect(named(buildModel({ inputs, initializers, nodes, outputs }))).toEqual(['y']);
  const [, second] = nodes;
  const alone = { inputs: { p: inputs.x, z: inputs.z }, nodes: [second!], outputs };
  expect(named(buildModel(alone))).toEqual([]);
});

/** 3x3 over 8x8: the first does 64 * 9 * in * out multiplications, the last 64 * 9 * out. */
const network = (channels: number) =>
  buildModel({
    inputs: { x: ['float32', [1, channels, 8, 8]] },
    initializers: { a: f32([channels, channels, 3, 3]), b: f32([1, channels, 3, 3]) },
    nodes: [
      { op: 'Conv', in: ['x', 'a'], out: ['c'], attrs: { pads: [1, 1, 1, 1] } },
      { op: 'LeakyRelu', in: ['c'], out: ['r'] },
      { op: 'Conv', in: ['r', 'b'], out: ['d'], attrs: { pads: [1, 1, 1, 1] } },
      { op: 'Sub', in: ['x', 'd'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, channels, 8, 8]] },
  });
const shapes = (channels: number) => ({ c: [1, channels, 8, 8], d: [1, 1, 8, 8] });

test('the last convolution where it does 1 of 51 parts of the work, and not where it does 1 of 33', () => {
  expect(named(network(50), shapes(50))).toEqual(['d']);
  expect(named(network(32), shapes(32))).toEqual([]);
});

test('no convolution whose work is not known', () => {
  expect(named(network(50))).toEqual([]);
});

test('the answer of a cheap last convolution is not rounded to 8 bits, unless integers are preferred', async () => {
  const model = () => network(50);
  const spec = { type: 'static-int8', perChannel: true };
  const [usual, integer] = [
    await quantizeGraph(model(), spec),
    await quantizeGraph(model(), { ...spec, preferInteger: true }),
  ];
  const count = ({ artifact }: typeof usual, op: string) =>
    artifact.graph.nodes.filter(({ opType }) => opType === op).length;
  // Input and c; with integers r and d as well.
  expect([count(usual, 'QuantizeLinear'), count(integer, 'QuantizeLinear')]).toEqual([2, 4]);
  expect(usual.report.comparison.minSqnrDb).toBeGreaterThan(integer.report.comparison.minSqnrDb! + 1);
});

/** 3x3 over 8x8, from one channel and to ten: 64 * 9 * (c + c * c + 10 * c) multiplications, of which the first does 64 * 9 * c. */
const fromGrey = (channels: number) =>
  buildModel({
    inputs: { x: ['float32', [1, 1, 8, 8]] },
    initializers: {
      a: f32([channels, 1, 3, 3]),
      b: f32([channels, channels, 3, 3]),
      c: f32([10, channels, 3, 3]),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'a'], out: ['p'], attrs: { pads: [1, 1, 1, 1] } },
      { op: 'Relu', in: ['p'], out: ['r'] },
      { op: 'Conv', in: ['r', 'b'], out: ['q'], attrs: { pads: [1, 1, 1, 1] } },
      { op: 'Conv', in: ['q', 'c'], out: ['y'], attrs: { pads: [1, 1, 1, 1] } },
    ],
    outputs: { y: ['float32', [1, 10, 8, 8]] },
  });
const greyShapes = (c: number) => ({ p: [1, c, 8, 8], q: [1, c, 8, 8], y: [1, 10, 8, 8] });

test('the first convolution where it does 1 of 51 parts of the work, and not where it does 1 of 43', () => {
  expect(named(fromGrey(40), greyShapes(40))).toEqual(['p']);
  expect(named(fromGrey(32), greyShapes(32))).toEqual([]);
});

/** One vector becomes a picture of 8x8: 64 * c weights and multiplications; then 3x3 over it, 9 * c * c weights and 64 times as many. */
const generator = (channels: number) =>
  buildModel({
    inputs: { x: ['float32', [1, 1, 1, 1]] },
    initializers: { a: f32([1, channels, 8, 8]), b: f32([channels, channels, 3, 3]) },
    nodes: [
      { op: 'ConvTranspose', in: ['x', 'a'], out: ['p'] },
      { op: 'Relu', in: ['p'], out: ['r'] },
      { op: 'Conv', in: ['r', 'b'], out: ['q'], attrs: { pads: [1, 1, 1, 1] } },
      { op: 'Tanh', in: ['q'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, channels, 8, 8]] },
  });
const generated = (c: number) => ({ p: [1, c, 8, 8], r: [1, c, 8, 8], q: [1, c, 8, 8] });

test('no convolution that does next to no work with more than 2 % of the weights', () => {
  // 1 of 325 parts of the multiplications and 1 of 6 of the weights; 1 of 3601 and 1 of 57.
  expect(named(generator(36), generated(36))).toEqual([]);
  expect(named(generator(400), generated(400))).toEqual(['p']);
});
