/** Operators in forms that quantizers forget: directions, regions of interest, equations, bounds at run time. */
import type { Model } from '../../../src/core/ir/model.ts';
import { buildModel, floats, type NodeSpec, tensor } from '../model-builder.ts';
import { f32, IMAGE, ints, out, ROWS, scalar } from './parts.ts';

/** Conv, what is given, Conv: `given` reads "a" and writes "b". */
const between = (given: NodeSpec[], initializers = {}, channels = 6, opset = 17): Model =>
  buildModel({
    opset,
    inputs: IMAGE,
    initializers: { w: f32([6, 4, 3, 3]), v: f32([5, channels, 1, 1], 2), ...initializers },
    nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['a'] }, ...given, { op: 'Conv', in: ['b', 'v'], out: ['y'] }],
    outputs: out('y'),
  });
const one = (op: string, extra: string[] = [], attrs: NonNullable<NodeSpec['attrs']> = {}): NodeSpec[] => [
  { op, in: ['a', ...extra], out: ['b'], attrs },
];
const recurrent = (op: 'LSTM' | 'GRU' | 'RNN', gates: number, direction: string): Model => {
  const ways = direction === 'bidirectional' ? 2 : 1;
  return buildModel({
    inputs: { x: ['float32', [5, 2, 16]] },
    initializers: {
      w: f32([ways, gates * 8, 16]),
      r: f32([ways, gates * 8, 8], 2),
      b: f32([ways, 2 * gates * 8], 3),
      shape: ints(5, 2, ways * 8),
      v: f32([ways * 8, 8], 4),
    },
    nodes: [
      { op, in: ['x', 'w', 'r', 'b'], out: ['h'], attrs: { hidden_size: 8, direction } },
      { op: 'Transpose', in: ['h'], out: ['t'], attrs: { perm: [0, 2, 1, 3] } },
      { op: 'Reshape', in: ['t', 'shape'], out: ['f'] },
      { op: 'MatMul', in: ['f', 'v'], out: ['y'] },
    ],
    outputs: out('y'),
  });
};

const resize = (attrs: NonNullable<NodeSpec['attrs']>, roi = false): Model =>
  between(one('Resize', [roi ? 'roi' : '', 'scales'], attrs), {
    scales: tensor('float32', [4], [1, 1, 2, 2]),
    ...(roi && { roi: tensor('float32', [8], [0, 0, 0.2, 0.2, 1, 1, 0.9, 0.9]) }),
  });

export const OPERATORS: Readonly<Record<string, () => Model>> = {
  'LSTM reverse': () => recurrent('LSTM', 4, 'reverse'),
  'LSTM bidirectional': () => recurrent('LSTM', 4, 'bidirectional'),
  'GRU bidirectional': () => recurrent('GRU', 3, 'bidirectional'),
  'RNN reverse': () => recurrent('RNN', 1, 'reverse'),
  'LSTM with sequence lengths and no bias': () =>
    buildModel({
      inputs: { x: ['float32', [5, 2, 16]] },
      initializers: {
        w: f32([1, 32, 16]),
        r: f32([1, 32, 8], 2),
        lens: tensor('int32', [2], [5, 3]),
        p: f32([1, 24], 5),
      },
      nodes: [
        {
          op: 'LSTM',
          in: ['x', 'w', 'r', '', 'lens', '', '', 'p'],
          out: ['', 'h'],
          attrs: { hidden_size: 8 },
        },
      ],
      outputs: out('h'),
    }),
  'Resize linear': () => resize({ mode: 'linear' }),
  'Resize cubic': () => resize({ mode: 'cubic' }),
  'Resize with a region of interest': () =>
    resize({ mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' }, true),
  'Resize nearest by sizes': () =>
    between(one('Resize', ['', '', 'sizes'], { mode: 'nearest' }), { sizes: ints(1, 6, 9, 3) }),
  'Upsample of opset 9': () =>
    between(
      one('Upsample', ['scales'], { mode: 'nearest' }),
      {
        scales: tensor('float32', [4], [1, 1, 2, 2]),
      },
      6,
      9,
    ),
  'Einsum between products': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), e: f32([16, 8], 3), v: f32([8, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Einsum', in: ['a', 'e'], out: ['b'], attrs: { equation: 'ij,jk->ik' } },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Clip with bounds computed at run time': () =>
    between(
      [
        { op: 'ReduceMax', in: ['a'], out: ['top'], attrs: { keepdims: 0 } },
        { op: 'Mul', in: ['top', 'half'], out: ['hi'] },
        { op: 'Clip', in: ['a', 'lo', 'hi'], out: ['b'] },
      ],
      { lo: scalar(-0.1), half: scalar(0.5) },
    ),
  'Clip whose lower bound is above zero': () =>
    between(one('Clip', ['lo', 'hi']), { lo: scalar(0.2), hi: scalar(6) }),
  'Clip whose upper bound is below zero': () =>
    between(one('Clip', ['lo', 'hi']), { lo: scalar(-6), hi: scalar(-0.2) }),
  'Clip as attributes of opset 6': () => between(one('Clip', [], { min: -0.25, max: 0.5 }), {}, 6, 8),
  'LeakyRelu with a negative slope': () => between(one('LeakyRelu', [], { alpha: -0.5 })),
  'Sigmoid as a gate': () =>
    between([
      { op: 'Sigmoid', in: ['a'], out: ['s'] },
      { op: 'Mul', in: ['a', 's'], out: ['b'] },
    ]),
  'Pad with a constant, and with reflection': () =>
    between(
      [
        { op: 'Pad', in: ['a', 'pads', 'k'], out: ['p'] },
        { op: 'Pad', in: ['p', 'pads'], out: ['b'], attrs: { mode: 'reflect' } },
      ],
      { pads: ints(0, 0, 1, 1, 0, 0, 1, 1), k: scalar(-7) },
    ),
  'MaxPool with pads and ceil_mode': () =>
    between(one('MaxPool', [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2], ceil_mode: 1 })),
  'MaxPool with Indices read': () =>
    between(
      [
        { op: 'MaxPool', in: ['a'], out: ['p', 'i'], attrs: { kernel_shape: [2, 2] } },
        { op: 'Cast', in: ['i'], out: ['j'], attrs: { to: 1 } },
        { op: 'Mul', in: ['j', 'tiny'], out: ['k'] },
        { op: 'Add', in: ['p', 'k'], out: ['b'] },
      ],
      { tiny: scalar(1e-4) },
    ),
  'AveragePool that counts its pads': () =>
    between(one('AveragePool', [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 })),
  'AveragePool with auto_pad': () =>
    between(one('AveragePool', [], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' })),
  'a Concat with a constant': () =>
    between(one('Concat', ['k'], { axis: 1 }), { k: f32([1, 2, 6, 6], 8, 3) }, 8),
  'an Add that broadcasts a vector': () => between(one('Add', ['k']), { k: f32([6, 1, 1], 8, 3) }),
  'a Mul by a scalar constant of zero': () =>
    between(
      [
        { op: 'Mul', in: ['a', 'k'], out: ['z'] },
        { op: 'Add', in: ['z', 'a'], out: ['b'] },
      ],
      { k: scalar(0) },
    ),
  'BatchNormalization with unfolded training statistics': () =>
    between(one('BatchNormalization', ['s', 'o', 'm', 'q']), {
      s: f32([6], 3, 1),
      o: f32([6], 4, 1),
      m: f32([6], 5, 1),
      q: tensor('float32', [6], [0.1, 1, 2, 0.5, 3, 1e-6]),
    }),
  'LayerNormalization over two axes': () =>
    between(one('LayerNormalization', ['s', 'o'], { axis: -2 }), {
      s: f32([6, 6], 3, 1),
      o: f32([6, 6], 4, 1),
    }),
  'PRelu with a slope per channel': () => between(one('PRelu', ['k']), { k: f32([6, 1, 1], 8, 1) }),
  'Slice with steps of -1': () =>
    between(one('Slice', ['from', 'to', 'axes', 'steps']), {
      from: ints(-1),
      to: ints(-100),
      axes: ints(3),
      steps: ints(-1),
    }),
  'Gather along a middle axis': () =>
    between(one('Gather', ['i'], { axis: 1 }), { i: ints(5, 0, -1, 2, 2, 1) }),
  'GatherElements and ScatterND': () =>
    between([{ op: 'ScatterND', in: ['a', 'i', 'u'], out: ['b'] }], {
      i: tensor('int64', [1, 2], [0, 1]),
      u: f32([1, 6, 6], 8, 9),
    }),
  'TopK and ArgMax of scores': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), k: ints(3) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'TopK', in: ['a', 'k'], out: ['y', 'i'] },
      ],
      outputs: { y: ['float32'], i: ['int64'] },
    }),
  'strings beside the path': () =>
    buildModel({
      inputs: { ...ROWS, s: ['string', [2]] },
      initializers: { w: f32([16, 8]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
        { op: 'Identity', in: ['s'], out: ['t'] },
      ],
      outputs: { y: ['float32'], t: ['string'] },
    }),
  'a Gelu of another domain': () =>
    buildModel({
      domains: { 'com.microsoft': 1 },
      inputs: ROWS,
      initializers: { w: f32([16, 16]), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Gelu', domain: 'com.microsoft', in: ['a'], out: ['b'] },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'Softmax of opset 11 over a middle axis': () =>
    buildModel({
      opset: 11,
      inputs: { x: ['float32', [2, 3, 4, 16]] },
      initializers: { w: f32([16, 16]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Softmax', in: ['a'], out: ['s'], attrs: { axis: 1 } },
        { op: 'MatMul', in: ['s', 'w'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a table read by Gather and by MatMul': () =>
    buildModel({
      inputs: { i: ['int64', [6]] },
      initializers: { table: f32([64, 80]), w: f32([80, 16], 2) },
      nodes: [
        { op: 'Gather', in: ['table', 'i'], out: ['e'] },
        { op: 'MatMul', in: ['e', 'w'], out: ['h'] },
        { op: 'Gemm', in: ['e', 'table'], out: ['y'], attrs: { transB: 1 } },
      ],
      outputs: out('y', 'h'),
    }),
  'constants as floats and ints of Constant': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 3]) },
      nodes: [
        { op: 'Constant', out: ['k'], attrs: { value_floats: floats(0.5, 2, -1) } },
        { op: 'Constant', out: ['shape'], attrs: { value_ints: [12, 1] } },
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Mul', in: ['a', 'k'], out: ['b'] },
        { op: 'Reshape', in: ['b', 'shape'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
};
