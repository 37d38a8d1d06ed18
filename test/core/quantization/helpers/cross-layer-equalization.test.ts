import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../../src/core/ir/graph.ts';
import { equalizeLayers } from '../../../../src/core/quantization/helpers/cross-layer-equalization.ts';
import { absMaxAlong } from '../../../../src/core/tensor/reduce.ts';
import type { Tensor } from '../../../../src/core/tensor/tensor.ts';
import { elements, tensorOf } from '../../../../src/core/tensor/tensor.ts';
import {
  buildModel,
  float,
  type ModelSpec,
  noise,
  noiseTensor,
  tensor,
} from '../../../support/model-builder.ts';
import { feed, runModel, sqnrDb, typedModel } from '../../../support/run-model.ts';

/** Noise whose slices along the axis differ in size by up to 2^8. */
function uneven(dims: readonly number[], axis: number, seed: number): Tensor {
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const factors = noise(dims[axis]!, seed + 100).map(x => 2 ** (4 * x));
  return noiseTensor(dims, seed, (x, i) => x * factors[Math.floor(i / inner) % dims[axis]!]!);
}

const pads = { pads: [1, 1, 1, 1] };
const image = { inputs: { x: ['float32', [1, 3, 8, 8]] }, outputs: { y: ['float32'] } } as const;

const EQUALIZED: Readonly<Record<string, ModelSpec>> = {
  'a pair around a Relu': {
    ...image,
    initializers: {
      w1: uneven([8, 3, 3, 3], 0, 1),
      b1: noiseTensor([8], 2),
      w2: noiseTensor([4, 8, 3, 3], 3),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w1', 'b1'], out: ['a'], attrs: pads },
      { op: 'Relu', in: ['a'], out: ['r'] },
      { op: 'Conv', in: ['r', 'w2'], out: ['y'], attrs: pads },
    ],
  },
  'a triple around a depthwise convolution': {
    ...image,
    initializers: {
      w1: uneven([8, 3, 1, 1], 0, 1),
      b1: noiseTensor([8], 2),
      w2: uneven([8, 1, 3, 3], 0, 3),
      b2: noiseTensor([8], 4),
      w3: noiseTensor([4, 8, 1, 1], 5),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w1', 'b1'], out: ['a'] },
      { op: 'LeakyRelu', in: ['a'], out: ['ar'], attrs: { alpha: float(0.1) } },
      { op: 'Conv', in: ['ar', 'w2', 'b2'], out: ['b'], attrs: { ...pads, group: 8 } },
      { op: 'Relu', in: ['b'], out: ['br'] },
      { op: 'Conv', in: ['br', 'w3'], out: ['y'] },
    ],
  },
  'a residual stream, concatenation, pooling and a grouped transposed convolution': {
    ...image,
    initializers: {
      w1: uneven([8, 3, 1, 1], 0, 1),
      w2: uneven([8, 8, 1, 1], 0, 2),
      w3: uneven([6, 8, 3, 3], 0, 3),
      c: noiseTensor([8, 1, 1], 9),
      w4: noiseTensor([14, 5, 2, 2], 4),
      b4: noiseTensor([10], 5),
      w5: noiseTensor([7, 10, 1, 1], 6),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w1'], out: ['a'] },
      { op: 'Conv', in: ['a', 'w2'], out: ['b'] },
      { op: 'Add', in: ['a', 'b'], out: ['sum'] },
      { op: 'Add', in: ['c', 'sum'], out: ['moved'] },
      { op: 'MaxPool', in: ['moved'], out: ['pool'], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: 'Conv', in: ['pool', 'w3'], out: ['d'], attrs: pads },
      { op: 'Concat', in: ['pool', 'd'], out: ['cat'], attrs: { axis: 1 } },
      { op: 'ConvTranspose', in: ['cat', 'w4', 'b4'], out: ['t'], attrs: { group: 2, strides: [2, 2] } },
      { op: 'Relu', in: ['t'], out: ['tr'] },
      { op: 'Conv', in: ['tr', 'w5'], out: ['y'] },
    ],
  },
  'a flattened image into Gemm': {
    ...image,
    initializers: {
      w1: uneven([4, 3, 3, 3], 0, 1),
      w2: noiseTensor([10, 4 * 64], 2),
      b2: noiseTensor([10], 3),
      w3: noiseTensor([10, 5], 4),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w1'], out: ['a'], attrs: pads },
      { op: 'Flatten', in: ['a'], out: ['f'], attrs: { axis: 1 } },
      { op: 'Gemm', in: ['f', 'w2', 'b2'], out: ['g'], attrs: { transB: 1 } },
      { op: 'Relu', in: ['g'], out: ['r'] },
      { op: 'MatMul', in: ['r', 'w3'], out: ['y'] },
    ],
  },
};

const RELU6: ModelSpec = {
  ...image,
  initializers: {
    w1: uneven([8, 3, 3, 3], 0, 1),
    w2: noiseTensor([4, 8, 3, 3], 3),
    zero: tensor('float32', [], [0]),
    six: tensor('float32', [], [6]),
  },
  nodes: [
    { op: 'Conv', in: ['x', 'w1'], out: ['a'], attrs: pads },
    { op: 'Clip', in: ['a', 'zero', 'six'], out: ['r'] },
    { op: 'Conv', in: ['r', 'w2'], out: ['y'], attrs: pads },
  ],
};

const X = { x: feed([1, 3, 8, 8], noise(192, 7)) };

const weightOf = (graph: Graph, output: string): Tensor =>
  graph.nodes.find(node => node.outputs[0]?.name === output)!.inputs[1]!.initializer!;

describe('cross-layer equalization', () => {
  it.each(Object.entries(EQUALIZED))('keeps what the model computes: %s', async (_name, spec) => {
    const reference = await runModel(buildModel(spec), X);
    const model = await typedModel(buildModel(spec));
    expect(equalizeLayers(model.graph).changed).toBeGreaterThan(0);
    const result = await runModel(model, X);
    expect(sqnrDb(reference.get('y')!, result.get('y')!)).toBeGreaterThan(120);
  });

  it('makes rows of the first weight and columns of the second equally large against the whole (equation 9)', async () => {
    const { graph } = await typedModel(buildModel(EQUALIZED['a pair around a Relu']!));
    equalizeLayers(graph);
    const [w1, w2] = [weightOf(graph, 'a'), weightOf(graph, 'y')];
    const rows = absMaxAlong(elements(w1, 'float32'), w1.dims, 0);
    const columns = absMaxAlong(elements(w2, 'float32'), w2.dims, 1);
    const [r1, r2] = [Math.max(...rows), Math.max(...columns)];
    for (const [i, row] of rows.entries()) expect(row / r1 / (columns[i]! / r2)).toBeCloseTo(1, 1);
  });

  it('undoes a scaling that hid small channels from the grid', async () => {
    const hidden = noise(8, 42).map(x => 2 ** (4 * x));
    const scaled = (dims: readonly number[], seed: number, power: 1 | -1): Tensor =>
      noiseTensor(
        dims,
        seed,
        (x, i) => x * hidden[Math.floor((i * 8) / dims.reduce((a, b) => a * b))]! ** power,
      );
    const spec = {
      ...EQUALIZED['a triple around a depthwise convolution']!,
      initializers: {
        w1: scaled([8, 3, 1, 1], 1, 1),
        b1: scaled([8], 2, 1),
        w2: scaled([8, 1, 3, 3], 3, -1),
        b2: noiseTensor([8], 4),
        w3: noiseTensor([4, 8, 1, 1], 5),
      },
    };
    const { graph } = await typedModel(buildModel(spec));
    const spread = (tensor: Tensor): number => {
      const sizes = absMaxAlong(elements(tensor, 'float32'), tensor.dims, 0);
      return Math.max(...sizes) / Math.min(...sizes);
    };
    const before = spread(weightOf(graph, 'b'));
    equalizeLayers(graph);
    expect(before).toBeGreaterThan(30);
    expect(spread(weightOf(graph, 'b'))).toBeLessThan(3);
  });

  it('leaves ReLU6 as it is and says so', async () => {
    const { graph } = await typedModel(buildModel(RELU6));
    const before = graph.nodes.map(node => node.inputs);
    const result = equalizeLayers(graph);
    expect(result.changed).toBe(0);
    expect(result.notes?.join()).toMatch(/Clip between other bounds than 0 and infinity/);
    expect(graph.nodes.map(node => node.inputs)).toEqual(before);
  });

  it('leaves weights that two layers share, and values that a graph output shows', async () => {
    const shared = await typedModel(
      buildModel({
        inputs: { x: ['float32', [1, 4]] },
        outputs: { y: ['float32'], shown: ['float32'] },
        initializers: { w: noiseTensor([4, 4], 1), v: noiseTensor([4, 4], 2), u: uneven([4, 4], 0, 3) },
        nodes: [
          { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
          { op: 'MatMul', in: ['a', 'w'], out: ['b'] },
          { op: 'MatMul', in: ['b', 'u'], out: ['shown'] },
          { op: 'MatMul', in: ['shown', 'v'], out: ['y'] },
        ],
      }),
    );
    expect(equalizeLayers(shared.graph).changed).toBe(0);
  });

  it('survives channels of zeros', async () => {
    const model = await typedModel(
      buildModel({
        inputs: { x: ['float32', [1, 2]] },
        outputs: { y: ['float32'] },
        initializers: {
          w1: tensorOf('float32', [2, 2], Float32Array.of(0, 4, 0, 2)),
          w2: tensorOf('float32', [2, 2], Float32Array.of(1, 1, 0, 0)),
        },
        nodes: [
          { op: 'MatMul', in: ['x', 'w1'], out: ['a'] },
          { op: 'MatMul', in: ['a', 'w2'], out: ['y'] },
        ],
      }),
    );
    equalizeLayers(model.graph);
    for (const value of model.graph.initializers)
      expect(elements(value.initializer!, 'float32').every(Number.isFinite)).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('leaves a weight that holds %s as it is', async bad => {
    const w1 = tensorOf('float32', [2, 2], Float32Array.of(bad, 4, 3, 2));
    const model = await typedModel(
      buildModel({
        inputs: { x: ['float32', [1, 2]] },
        outputs: { y: ['float32'] },
        initializers: { w1, w2: tensorOf('float32', [2, 2], Float32Array.of(1, 1, 3, 5)) },
        nodes: [
          { op: 'MatMul', in: ['x', 'w1'], out: ['a'] },
          { op: 'MatMul', in: ['a', 'w2'], out: ['y'] },
        ],
      }),
    );
    expect(equalizeLayers(model.graph).changed).toBe(0);
  });
});
