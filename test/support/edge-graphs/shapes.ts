/** Ranks, paddings and shapes off the beaten track. */
import type { Model } from '../../../src/core/ir/model.ts';
import { buildModel, float, type NodeSpec } from '../model-builder.ts';
import { f32, IMAGE, ints, out, ROWS } from './parts.ts';

type Attrs = NonNullable<NodeSpec['attrs']>;

const conv = (dims: number[], weight: number[], attrs: Attrs = {}): Model =>
  buildModel({
    inputs: { x: ['float32', dims] },
    initializers: { w: f32(weight), b: f32([weight[0]!], 5) },
    nodes: [{ op: 'Conv', in: ['x', 'w', 'b'], out: ['y'], attrs }],
    outputs: out('y'),
  });
const transposed = (dims: number[], weight: number[], channels: number, attrs: Attrs = {}): Model =>
  buildModel({
    inputs: { x: ['float32', dims] },
    initializers: {
      w: f32(weight),
      b: f32([channels], 5),
      v: f32([5, channels, 1, 1].slice(0, dims.length), 6),
    },
    nodes: [
      { op: 'ConvTranspose', in: ['x', 'w', 'b'], out: ['a'], attrs },
      { op: 'Conv', in: ['a', 'v'], out: ['y'] },
    ],
    outputs: out('y'),
  });
const matmul = (a: (number | string)[], b: number[]): Model =>
  buildModel({
    inputs: { x: ['float32', a] },
    initializers: { w: f32(b), s: f32([16, 16], 4) },
    nodes: [
      { op: 'MatMul', in: ['x', 's'], out: ['h'] },
      { op: 'MatMul', in: ['h', 'w'], out: ['y'] },
    ],
    outputs: out('y'),
  });

export const SHAPES: Readonly<Record<string, () => Model>> = {
  'Conv 1-D': () => conv([2, 4, 20], [6, 4, 5], { pads: [2, 2] }),
  'Conv 3-D': () => conv([1, 2, 6, 6, 6], [3, 2, 3, 3, 3]),
  'Conv with auto_pad SAME_UPPER and a stride': () =>
    conv([1, 4, 9, 9], [6, 4, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  'Conv with auto_pad SAME_LOWER': () => conv([1, 4, 8, 8], [6, 4, 2, 2], { auto_pad: 'SAME_LOWER' }),
  'Conv with dilations and uneven pads': () =>
    conv([1, 4, 9, 9], [6, 4, 3, 3], { dilations: [2, 1], pads: [0, 1, 2, 3] }),
  'a depthwise Conv with a multiplier': () => conv([1, 4, 8, 8], [8, 1, 3, 3], { group: 4 }),
  'a Conv in three groups of uneven use': () => conv([1, 6, 8, 8], [9, 2, 3, 3], { group: 3 }),
  'a Conv of one channel to one': () => conv([1, 1, 8, 8], [1, 1, 3, 3]),
  'ConvTranspose in groups with output_padding': () =>
    transposed([1, 4, 5, 5], [4, 3, 3, 3], 6, { group: 2, strides: [2, 2], output_padding: [1, 1] }),
  'ConvTranspose with output_shape': () =>
    transposed([1, 4, 5, 5], [4, 3, 3, 3], 3, { strides: [2, 2], output_shape: [10, 10] }),
  'ConvTranspose 1-D': () => transposed([1, 4, 9], [4, 3, 3], 3, { strides: [2] }),
  'ConvTranspose depthwise': () => transposed([1, 4, 5, 5], [4, 1, 3, 3], 4, { group: 4 }),
  'MatMul of a vector by a matrix': () => matmul([16], [16, 8]),
  'MatMul of a 4-D by a 4-D constant': () => matmul([2, 3, 5, 16], [2, 3, 16, 8]),
  'MatMul of a 3-D by a 4-D constant that broadcasts': () => matmul([3, 5, 16], [2, 3, 16, 8]),
  'MatMul of a batch by a matrix of one column': () => matmul([3, 5, 16], [16, 1]),
  'MatMul with a constant on the left': () =>
    buildModel({
      inputs: { x: ['float32', [16, 6]] },
      initializers: { w: f32([8, 16]), v: f32([6, 4], 2) },
      nodes: [
        { op: 'MatMul', in: ['w', 'x'], out: ['a'] },
        { op: 'MatMul', in: ['a', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Gemm with transA': () =>
    buildModel({
      inputs: { x: ['float32', [16, 4]] },
      initializers: { w: f32([16, 8]), v: f32([8, 8], 2) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w'], out: ['a'], attrs: { transA: 1 } },
        { op: 'Gemm', in: ['a', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Gemm with a column as C and beta 0': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 8]), c: f32([4, 1], 2), v: f32([8, 8], 3) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'c'], out: ['a'], attrs: { beta: float(0) } },
        { op: 'Gemm', in: ['a', 'v', 'c'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Gemms with a C computed at run time': () =>
    buildModel({
      inputs: { ...ROWS, c: ['float32', [1, 8]] },
      initializers: { w: f32([16, 8]), u: f32([8, 8], 2), v: f32([8, 8], 3) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'c'], out: ['a'] },
        {
          op: 'Gemm',
          in: ['a', 'u', 'a'],
          out: ['b'],
          attrs: { transB: 1, alpha: float(0.5), beta: float(-0.25) },
        },
        { op: 'Gemm', in: ['b', 'v', 'a'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'dynamic height and width': () =>
    buildModel({
      inputs: { x: ['float32', ['N', 4, 'H', 'W']] },
      initializers: { w: f32([6, 4, 3, 3]), v: f32([6, 6, 3, 3], 2) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['a'], attrs: { pads: [1, 1, 1, 1] } },
        { op: 'Relu', in: ['a'], out: ['b'] },
        { op: 'Conv', in: ['b', 'v'], out: ['y'], attrs: { pads: [1, 1, 1, 1] } },
      ],
      outputs: out('y'),
    }),
  'a dimension of size 0 beside the path': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), none: f32([4, 0]), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Concat', in: ['a', 'none'], out: ['b'], attrs: { axis: 1 } },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a weight without elements': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 0]), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['z'] },
        { op: 'MatMul', in: ['x', 'v'], out: ['y'] },
      ],
      outputs: out('y', 'z'),
    }),
  'an input of unknown rank': () =>
    buildModel({
      inputs: { x: ['float32'] },
      initializers: { w: f32([16, 16]), shape: ints(1, 16), v: f32([16, 8], 2) },
      nodes: [
        { op: 'Expand', in: ['x', 'shape'], out: ['e'] },
        { op: 'MatMul', in: ['e', 'w'], out: ['a'] },
        { op: 'MatMul', in: ['a', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a scalar input': () =>
    buildModel({
      inputs: { ...ROWS, s: ['float32', []] },
      initializers: { w: f32([16, 8]), v: f32([8, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Mul', in: ['a', 's'], out: ['b'] },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'an axis that is negative everywhere': () =>
    buildModel({
      inputs: IMAGE,
      initializers: { w: f32([6, 4, 3, 3]), v: f32([6, 6], 2), axes: ints(-1) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['a'] },
        { op: 'Concat', in: ['a', 'a'], out: ['b'], attrs: { axis: -1 } },
        { op: 'Unsqueeze', in: ['b', 'axes'], out: ['c'] },
        { op: 'Squeeze', in: ['c', 'axes'], out: ['d'] },
        { op: 'Transpose', in: ['d'], out: ['e'], attrs: { perm: [0, 2, 3, 1] } },
        { op: 'MatMul', in: ['e', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
};
