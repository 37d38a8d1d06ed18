/** What other quantizers get wrong, in other operators, opsets and positions, and two such things at once. */
import { tensorAttribute } from '../../../src/core/ir/attribute.ts';
import type { Model } from '../../../src/core/ir/model.ts';
import { buildModel, float, type GraphSpec, type NodeSpec, subgraph, tensor } from '../model-builder.ts';
import { f32, IMAGE, ints, out, ROWS, scalar } from './parts.ts';

type Attrs = NonNullable<NodeSpec['attrs']>;
type Initializers = NonNullable<GraphSpec['initializers']>;

const node = (op: string, inputs: string[], output: string | string[], attrs: Attrs = {}): NodeSpec => ({
  op,
  in: inputs,
  out: [output].flat(),
  attrs,
});
const W = { w: f32([6, 4, 3, 3]), b: f32([6], 5), v: f32([5, 6, 3, 3], 2) };
/** A convolution from x to "a", then what is given; further convolutions read their weight "v". */
const images = (nodes: NodeSpec[], outputs: string[], initializers: Initializers = {}, opset = 17): Model =>
  buildModel({
    opset,
    inputs: IMAGE,
    initializers: { ...W, ...initializers },
    nodes: [node('Conv', ['x', 'w', 'b'], 'a'), ...nodes],
    outputs: out(...outputs),
  });
/** A product from x to "a" [4, 16], then what is given. */
const rows = (nodes: NodeSpec[], outputs: string[], initializers: Initializers = {}, opset = 17): Model =>
  buildModel({
    opset,
    inputs: ROWS,
    initializers: { w: f32([16, 16]), v: f32([16, 8], 2), ...initializers },
    nodes: [node('MatMul', ['x', 'w'], 'a'), ...nodes],
    outputs: out(...outputs),
  });
const then = node('Conv', ['p', 'v'], 'y');
const product = node('MatMul', ['p', 'v'], 'y');

const CLIPS: Readonly<Record<string, () => Model>> = {
  'a Clip below zero between products': () =>
    rows([node('Clip', ['a', 'lo', 'hi'], 'p'), product], ['y'], { lo: scalar(-3), hi: scalar(-0.5) }),
  'a Clip of opset 9 that excludes 0': () =>
    images([node('Clip', ['a'], 'p', { min: float(0.25), max: float(2) }), then], ['y'], {}, 9),
  'a Clip that excludes 0 before pooling with padding': () =>
    images(
      [
        node('Clip', ['a', 'lo', 'hi'], 'c'),
        node('AveragePool', ['c'], 'p', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
        then,
      ],
      ['y'],
      { lo: scalar(1), hi: scalar(3) },
    ),
  'a Clip that excludes 0 before a Pad with 0': () =>
    images(
      [node('Clip', ['a', 'lo', 'hi'], 'c'), node('Pad', ['c', 'pads'], 'p'), then, node('Relu', ['c'], 'z')],
      ['y', 'z'],
      { lo: scalar(1), hi: scalar(3), pads: ints(0, 0, 1, 1, 0, 0, 1, 1) },
    ),
  'two Clips in a row, the second with the first as output': () =>
    images([node('Clip', ['a', 'lo', 'hi'], 'c'), node('Clip', ['c', 'mid', 'top'], 'p'), then], ['y', 'c'], {
      lo: scalar(-0.2),
      hi: scalar(0.9),
      mid: scalar(0.5),
      top: scalar(2),
    }),
  'a Clip whose bounds are computed': () =>
    images(
      [
        node('ReduceMean', ['x'], 'm', { keepdims: 0 }),
        node('Add', ['m', 'half'], 'lo'),
        node('Clip', ['a', 'lo', ''], 'p'),
        then,
      ],
      ['y'],
      { half: scalar(0.5) },
    ),
  'Max and Min as a clip that excludes 0': () =>
    images([node('Max', ['a', 'lo'], 'c'), node('Min', ['c', 'hi'], 'p'), then], ['y'], {
      lo: scalar(0.5),
      hi: scalar(2),
    }),
};

const GEMMS: Readonly<Record<string, () => Model>> = {
  'Gemm with alpha 0': () =>
    rows([node('Gemm', ['a', 'v', 'c'], 'y', { alpha: float(0) })], ['y'], { c: f32([8], 3) }),
  'Gemm with a negative alpha before a Relu': () =>
    rows(
      [
        node('Gemm', ['a', 'u', 'c'], 'g', { alpha: float(-1.5), beta: float(-2) }),
        node('Relu', ['g'], 'p'),
        product,
      ],
      ['y'],
      { u: f32([16, 16], 7), c: f32([16], 3) },
    ),
  'Gemm with alpha, beta, transA and transB': () =>
    buildModel({
      inputs: { x: ['float32', [16, 4]] },
      initializers: { w: f32([8, 16]), c: f32([4, 1], 3), v: f32([8, 8], 2) },
      nodes: [
        node('Gemm', ['x', 'w', 'c'], 'p', { transA: 1, transB: 1, alpha: float(0.25), beta: float(3) }),
        product,
      ],
      outputs: out('y'),
    }),
  'Gemm with beta 0 and a C of NaN': () =>
    rows([node('Gemm', ['a', 'v', 'c'], 'y', { beta: float(0) })], ['y'], {
      c: tensor('float32', [8], Array(8).fill(Number.NaN)),
    }),
  'Gemm of opset 9 with a C that broadcasts': () =>
    rows([node('Gemm', ['a', 'v', 'c'], 'y', { beta: float(0.5) })], ['y'], { c: f32([1, 8], 3) }, 9),
  'Gemm without C at opset 11': () => rows([node('Gemm', ['a', 'v'], 'y')], ['y'], {}, 11),
  'Gemm with a tiny alpha': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 10]) },
      nodes: [node('Gemm', ['x', 'w'], 'y', { alpha: float(1e-6) })],
      outputs: out('y'),
    }),
  'a tiny alpha that the next layer undoes': () =>
    rows(
      [node('Gemm', ['a', 'u'], 'g', { alpha: float(1e-6) }), node('Mul', ['g', 'back'], 'p'), product],
      ['y'],
      { u: f32([16, 16], 7), back: scalar(1e6) },
    ),
};

const SHARED: Readonly<Record<string, () => Model>> = {
  'an output that feeds a Relu and a Clip': () =>
    images(
      [node('Relu', ['a'], 'r'), node('Clip', ['a', 'lo', 'hi'], 'c'), node('Add', ['r', 'c'], 'p'), then],
      ['y', 'a', 'r'],
      { lo: scalar(-0.1), hi: scalar(0.3) },
    ),
  'an output that is a reshaped pre-activation': () =>
    images([node('Reshape', ['a', 's'], 'z'), node('Relu', ['z'], 'y')], ['y', 'z'], { s: ints(1, -1) }),
  'a product and sum as output before a LeakyRelu': () =>
    rows(
      [node('Add', ['a', 'c'], 's'), node('LeakyRelu', ['s'], 'p', { alpha: float(0.3) }), product],
      ['y', 's'],
      { c: f32([16], 3) },
    ),
  'Swish: a pre-activation by its own Sigmoid': () =>
    images([node('Sigmoid', ['a'], 's'), node('Mul', ['a', 's'], 'p'), then], ['y']),
  'a pre-activation read by Relu, MaxPool and a branch': () =>
    buildModel({
      inputs: { ...IMAGE, c: ['bool', []] },
      initializers: W,
      nodes: [
        node('Conv', ['x', 'w', 'b'], 'a'),
        node('Relu', ['a'], 'r'),
        node('MaxPool', ['a'], 'm', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
        node('If', ['c'], 'i', {
          then_branch: subgraph({ nodes: [node('Relu', ['a'], 't')], outputs: out('t') }),
          else_branch: subgraph({ nodes: [node('Identity', ['a'], 'e')], outputs: out('e') }),
        }),
        node('Sum', ['r', 'm', 'i'], 'p'),
        then,
      ],
      outputs: out('y'),
    }),
  'a bias shared by a Conv and a ConvTranspose': () =>
    images([node('ConvTranspose', ['a', 't', 'b'], 'p'), then, node('Add', ['a', 'bb'], 'z')], ['y', 'z'], {
      t: f32([6, 6, 3, 3], 8),
      bb: f32([1, 6, 1, 1], 9),
    }),
  'a bias that is one value for two Convs of very different size': () =>
    images([node('Conv', ['x', 'u', 'b'], 'z'), node('Add', ['a', 'z'], 'p'), then], ['y', 'z'], {
      u: f32([6, 4, 3, 3], 7, 1e-3),
    }),
  'a bias through an Identity': () =>
    buildModel({
      inputs: IMAGE,
      initializers: W,
      nodes: [
        node('Identity', ['b'], 'c'),
        node('Conv', ['x', 'w', 'c'], 'p'),
        then,
        node('Conv', ['x', 'w', 'b'], 'z'),
      ],
      outputs: out('y', 'z'),
    }),
};

const PADS: Readonly<Record<string, () => Model>> = {
  'a Pad with -infinity before a MaxPool': () =>
    images(
      [node('Pad', ['a', 'pads', 'low'], 'q'), node('MaxPool', ['q'], 'p', { kernel_shape: [3, 3] }), then],
      ['y'],
      { pads: ints(0, 0, 1, 1, 0, 0, 1, 1), low: scalar(Number.NEGATIVE_INFINITY) },
    ),
  'a Pad with the lowest float before a MaxPool': () =>
    images(
      [node('Pad', ['a', 'pads', 'low'], 'q'), node('MaxPool', ['q'], 'p', { kernel_shape: [3, 3] }), then],
      ['y'],
      { pads: ints(0, 0, 1, 1, 0, 0, 1, 1), low: scalar(-3.4028234663852886e38) },
    ),
  'a Pad of opset 9 with a far value': () =>
    images(
      [node('Pad', ['a'], 'p', { pads: [0, 0, 1, 1, 0, 0, 1, 1], value: float(-30) }), then],
      ['y'],
      {},
      9,
    ),
  'a Pad of the input with a far value': () =>
    buildModel({
      inputs: IMAGE,
      initializers: { ...W, pads: ints(0, 0, 1, 1, 0, 0, 1, 1), far: scalar(25) },
      nodes: [node('Pad', ['x', 'pads', 'far'], 'q'), node('Conv', ['q', 'w', 'b'], 'p'), then],
      outputs: out('y'),
    }),
  'a Pad whose value is computed': () =>
    images(
      [node('ReduceMax', ['x'], 'm', { keepdims: 0 }), node('Pad', ['a', 'pads', 'm'], 'p'), then],
      ['y'],
      { pads: ints(0, 0, 1, 1, 0, 0, 1, 1) },
    ),
  'a Pad that crops': () =>
    images([node('Pad', ['a', 'pads'], 'p'), then], ['y'], { pads: ints(0, 0, -1, 0, 0, 0, 0, -1) }),
  'a Pad by reflection': () =>
    images([node('Pad', ['a', 'pads'], 'p', { mode: 'reflect' }), then], ['y'], {
      pads: ints(0, 0, 2, 1, 0, 0, 1, 2),
    }),
  'a Pad by the edge of opset 10': () =>
    images([node('Pad', ['a'], 'p', { mode: 'edge', pads: [0, 0, 2, 1, 0, 0, 1, 2] }), then], ['y'], {}, 10),
  'a Pad that wraps around': () =>
    images(
      [node('Pad', ['a', 'pads'], 'p', { mode: 'wrap' }), then],
      ['y'],
      { pads: ints(0, 0, 2, 1, 0, 0, 1, 2) },
      19,
    ),
  'a Pad with axes at opset 21': () =>
    images(
      [node('Pad', ['a', 'pads', '', 'axes'], 'p'), then],
      ['y'],
      { pads: ints(1, 2, 2, 1), axes: ints(-1, 2) },
      21,
    ),
  'a Pad with axes computed at run time, at opset 21': () =>
    images(
      [
        node('Shape', ['a'], 'n'),
        node('Sub', ['n', 'n'], 'none'),
        node('Slice', ['none', 'zero', 'two'], 'pair'),
        node('Add', ['pair', 'last'], 'axes'),
        node('Pad', ['a', 'pads', '', 'axes'], 'p'),
        then,
      ],
      ['y'],
      { pads: ints(1, 2, 2, 1), zero: ints(0), two: ints(2), last: ints(2, 3) },
      21,
    ),
};

const WHERES: Readonly<Record<string, () => Model>> = {
  'Where between two convolutions': () =>
    images(
      [
        node('Conv', ['x', 'u'], 'z'),
        node('Less', ['a', 'z'], 'c'),
        node('Where', ['c', 'a', 'z'], 'p'),
        then,
      ],
      ['y'],
      { u: f32([6, 4, 3, 3], 7) },
    ),
  'Where with -infinity before a Softmax': () =>
    rows(
      [node('Where', ['mask', 'a', 'low'], 's'), node('Softmax', ['s'], 'p', { axis: -1 }), product],
      ['y'],
      {
        mask: tensor(
          'bool',
          [4, 16],
          Array.from({ length: 64 }, (_, i) => (i % 16 <= i / 8 ? 1 : 0)),
        ),
        low: scalar(Number.NEGATIVE_INFINITY),
      },
    ),
  'Where that broadcasts both sides': () =>
    images([node('Where', ['c', 'a', 'k'], 'p'), then], ['y'], {
      c: tensor('bool', [1, 1, 6, 1], [1, 0, 1, 1, 0, 1]),
      k: f32([6, 1, 1], 9),
    }),
  'Where of integers computed from codes': () =>
    rows(
      [
        node('ArgMax', ['a'], 'i', { axis: 1 }),
        node('Greater', ['i', 'seven'], 'c'),
        node('Where', ['c', 'a', 'x'], 'p'),
        product,
      ],
      ['a'],
      { seven: tensor('int64', [], [7]) },
    ),
};

const QUOTIENTS: Readonly<Record<string, () => Model>> = {
  'Reciprocal of a clipped value': () =>
    images([node('Clip', ['a', 'lo'], 'c'), node('Reciprocal', ['c'], 'p'), then], ['y'], {
      lo: scalar(0.5),
    }),
  'a quotient by the exponential of a convolution': () =>
    buildModel({
      inputs: IMAGE,
      initializers: { w: f32([6, 4, 3, 3]), u: f32([6, 4, 3, 3], 7) },
      nodes: [
        node('Conv', ['x', 'w'], 'a'),
        node('Conv', ['x', 'u'], 'q'),
        node('Exp', ['q'], 'e'),
        node('Div', ['a', 'e'], 'y'),
      ],
      outputs: out('y'),
    }),
  'a convolution of a quotient by an exponential': () =>
    buildModel({
      inputs: IMAGE,
      initializers: { w: f32([6, 4, 3, 3]), u: f32([6, 4, 3, 3], 7), v: f32([5, 6, 3, 3], 2) },
      nodes: [
        node('Conv', ['x', 'w'], 'a'),
        node('Conv', ['x', 'u'], 'q'),
        node('Exp', ['q'], 'e'),
        node('Div', ['a', 'e'], 'p'),
        then,
      ],
      outputs: out('y'),
    }),
  'a value divided by its sum': () =>
    images(
      [
        node('Relu', ['a'], 'r'),
        node('ReduceSum', ['r', 'axes'], 's'),
        node('Add', ['s', 'eps'], 't'),
        node('Div', ['r', 't'], 'p'),
        then,
      ],
      ['y'],
      { axes: ints(1), eps: scalar(1e-3) },
    ),
  'a normalisation in single operators': () =>
    rows(
      [
        node('ReduceMean', ['a'], 'm', { axes: [-1] }),
        node('Sub', ['a', 'm'], 'd'),
        node('Pow', ['d', 'two'], 'q'),
        node('ReduceMean', ['q'], 'n', { axes: [-1] }),
        node('Add', ['n', 'eps'], 'e'),
        node('Sqrt', ['e'], 's'),
        node('Div', ['d', 's'], 'h'),
        node('Mul', ['h', 'g'], 'i'),
        node('Add', ['i', 'c'], 'p'),
        product,
      ],
      ['y'],
      { two: scalar(2), eps: scalar(1e-5), g: f32([16], 3, 1), c: f32([16], 4) },
    ),
  'Log and Exp around a convolution': () =>
    images(
      [
        node('Abs', ['a'], 'q'),
        node('Add', ['q', 'eps'], 'r'),
        node('Log', ['r'], 'l'),
        node('Exp', ['l'], 'p'),
        then,
      ],
      ['y'],
      { eps: scalar(0.1) },
    ),
  'Pow with a negative exponent': () =>
    images([node('Clip', ['a', 'lo'], 'c'), node('Pow', ['c', 'k'], 'p'), then], ['y'], {
      lo: scalar(0.4),
      k: scalar(-0.5),
    }),
};

const OPSETS: Readonly<Record<string, () => Model>> = {
  ...Object.fromEntries(
    [7, 8, 9, 10, 11, 12].flatMap(opset => [
      [
        `Conv, BatchNormalization and Gemm of opset ${opset}`,
        () =>
          images(
            [
              node('BatchNormalization', ['a', 's', 'o', 'mean', 'var'], 'n'),
              node('Relu', ['n'], 'p'),
              node('Conv', ['p', 'v'], 'q'),
              node('Flatten', ['q'], 'f'),
              node('Gemm', ['f', 'u', 'c'], 'y', { transB: 1 }),
            ],
            ['y'],
            {
              s: f32([6], 11, 2),
              o: f32([6], 12),
              mean: f32([6], 13),
              var: tensor('float32', [6], [0.5, 1, 2, 0.1, 3, 1]),
              u: f32([7, 80], 14),
              c: f32([7], 15),
            },
            opset,
          ),
      ],
    ]),
  ),
  'ConvTranspose 3-D in groups': () =>
    buildModel({
      inputs: { x: ['float32', [1, 4, 3, 4, 3]] },
      initializers: { w: f32([4, 3, 2, 2, 2]), b: f32([6], 5), v: f32([5, 6, 1, 1, 1], 2) },
      nodes: [
        node('ConvTranspose', ['x', 'w', 'b'], 'a', { group: 2, strides: [2, 1, 2], dilations: [1, 2, 1] }),
        node('Relu', ['a'], 'p'),
        then,
      ],
      outputs: out('y'),
    }),
  'ConvTranspose depthwise 1-D of opset 9 with a Relu and a second reader': () =>
    buildModel({
      opset: 9,
      inputs: { x: ['float32', [2, 6, 9]] },
      initializers: { w: f32([6, 1, 3]), b: f32([6], 5), v: f32([5, 6, 3], 2) },
      nodes: [
        node('ConvTranspose', ['x', 'w', 'b'], 'p', { group: 6, strides: [2], output_padding: [1] }),
        node('Relu', ['p'], 'z'),
        then,
      ],
      outputs: out('y', 'z'),
    }),
};

const MATRICES: Readonly<Record<string, () => Model>> = {
  'MatMul with a 1-D A of a 3-D constant': () =>
    buildModel({
      inputs: { x: ['float32', [16]] },
      initializers: { w: f32([3, 16, 8]), v: f32([8, 4], 2) },
      nodes: [node('MatMul', ['x', 'w'], 'p'), product],
      outputs: out('y'),
    }),
  'MatMul by a constant of 5 axes': () =>
    buildModel({
      inputs: { x: ['float32', [2, 1, 3, 4, 16]] },
      initializers: { w: f32([1, 2, 1, 16, 8]), v: f32([8, 4], 2) },
      nodes: [node('MatMul', ['x', 'w'], 'p'), product],
      outputs: out('y'),
    }),
  'MatMul by a 3-D constant, then a bias of three axes': () =>
    buildModel({
      inputs: { x: ['float32', [3, 5, 16]] },
      initializers: { w: f32([3, 16, 8]), c: f32([3, 1, 8], 4), d: f32([1, 1, 8], 5), v: f32([8, 4], 2) },
      nodes: [
        node('MatMul', ['x', 'w'], 'm'),
        node('Add', ['m', 'c'], 's'),
        node('Add', ['d', 's'], 'p'),
        product,
      ],
      outputs: out('y'),
    }),
  'Gemm with a C of one element in two axes, and of a column': () =>
    rows([node('Gemm', ['a', 'u', 'c'], 'p'), node('Gemm', ['p', 'v', 'd'], 'y')], ['y'], {
      u: f32([16, 16], 7),
      c: f32([1, 1], 3),
      d: f32([4, 1], 4),
    }),
  'dot product of two vectors': () =>
    buildModel({
      inputs: { x: ['float32', [16]] },
      initializers: { w: f32([16, 16]), v: f32([16], 2) },
      nodes: [node('MatMul', ['x', 'w'], 'a'), node('MatMul', ['a', 'v'], 'y')],
      outputs: out('y'),
    }),
  'MatMul of two activations of different rank': () =>
    buildModel({
      inputs: { x: ['float32', [2, 3, 4, 16]], z: ['float32', [16, 5]] },
      initializers: { w: f32([16, 16]), u: f32([5, 5], 3) },
      nodes: [
        node('MatMul', ['x', 'w'], 'a'),
        node('MatMul', ['z', 'u'], 'k'),
        node('MatMul', ['a', 'k'], 'y'),
      ],
      outputs: out('y'),
    }),
};

const half = (dims: number[], seed: number) =>
  tensor('float16', dims, Array.from(new Float32Array(f32(dims, seed).bytes().buffer.slice(0))));
const HALVES: Readonly<Record<string, () => Model>> = {
  'a float16 model with a branch and a normalisation': () =>
    buildModel({
      inputs: { x: ['float16', [1, 4, 8, 8]], q: ['bool', []] },
      initializers: {
        w: half([6, 4, 3, 3], 1),
        b: half([6], 5),
        s: half([6], 3),
        o: half([6], 4),
        mean: half([6], 8),
        var: tensor('float16', [6], [0.5, 1, 2, 0.25, 3, 1]),
        v: half([5, 6, 3, 3], 2),
      },
      nodes: [
        node('Conv', ['x', 'w', 'b'], 'a'),
        node('BatchNormalization', ['a', 's', 'o', 'mean', 'var'], 'n'),
        node('If', ['q'], 'p', {
          then_branch: subgraph({
            nodes: [node('Relu', ['n'], 't')],
            outputs: { t: ['float16'] },
          }),
          else_branch: subgraph({
            nodes: [node('Abs', ['n'], 'e')],
            outputs: { e: ['float16'] },
          }),
        }),
        then,
      ],
      outputs: { y: ['float16'] },
    }),
  'float16 weights behind Casts': () =>
    rows([node('Cast', ['h'], 'u', { to: 1 }), node('MatMul', ['a', 'u'], 'p'), product], ['y'], {
      h: half([16, 16], 7),
    }),
  'a float16 product by a 3-D constant, its bias and a Clip': () =>
    buildModel({
      inputs: { x: ['float16', [3, 5, 16]] },
      initializers: {
        w: half([3, 16, 8], 1),
        c: half([8], 4),
        lo: tensor('float16', [], [0.25]),
        hi: tensor('float16', [], [2]),
        v: half([8, 4], 2),
      },
      nodes: [
        node('MatMul', ['x', 'w'], 'm'),
        node('Add', ['m', 'c'], 's'),
        node('Clip', ['s', 'lo', 'hi'], 'p'),
        product,
      ],
      outputs: { y: ['float16'] },
    }),
};

const constant = (name: string, dims: number[], seed: number): NodeSpec =>
  node('Constant', [], name, { value: tensorAttribute(f32(dims, seed)) });
const CONSTANTS: Readonly<Record<string, () => Model>> = {
  'a Constant through Transpose, Reshape and Identity': () =>
    buildModel({
      inputs: ROWS,
      initializers: { s: ints(16, 8) },
      nodes: [
        constant('k', [16, 16], 1),
        node('Transpose', ['k'], 'w', { perm: [1, 0] }),
        node('MatMul', ['x', 'w'], 'a'),
        constant('l', [8, 4, 4], 2),
        node('Reshape', ['l', 's'], 'm'),
        node('Identity', ['m'], 'v'),
        node('MatMul', ['a', 'v'], 'y'),
        node('Gemm', ['a', 'm'], 'z'),
      ],
      outputs: out('y', 'z'),
    }),
  'Constants inside branches and a Loop': () =>
    buildModel({
      inputs: { ...ROWS, q: ['bool', []] },
      initializers: { n: tensor('int64', [], [2]), go: tensor('bool', [], [1]) },
      nodes: [
        node('If', ['q'], 'i', {
          then_branch: subgraph({
            nodes: [constant('k', [16, 16], 1), node('MatMul', ['x', 'k'], 't')],
            outputs: out('t'),
          }),
          else_branch: subgraph({
            nodes: [constant('l', [16, 16], 2), node('MatMul', ['x', 'l'], 'e')],
            outputs: out('e'),
          }),
        }),
        node('Loop', ['n', 'go', 'i'], ['y', 'all'], {
          body: subgraph({
            inputs: { j: ['int64', []], g: ['bool', []], s: ['float32', [4, 16]] },
            nodes: [
              constant('m', [16, 16], 3),
              node('MatMul', ['s', 'm'], 'u'),
              node('Tanh', ['u'], 'r'),
              node('Identity', ['r'], 'each'),
              node('Identity', ['g'], 'h'),
            ],
            outputs: { h: ['bool', []], r: ['float32', [4, 16]], each: ['float32', [4, 16]] },
          }),
        }),
      ],
      outputs: out('y', 'all'),
    }),
  'a Loop that never turns': () =>
    buildModel({
      inputs: ROWS,
      initializers: {
        w: f32([16, 16]),
        v: f32([16, 8], 2),
        n: tensor('int64', [], [0]),
        go: tensor('bool', [], [1]),
      },
      nodes: [
        node('Loop', ['n', 'go', 'x'], 'p', {
          body: subgraph({
            inputs: { j: ['int64', []], g: ['bool', []], s: ['float32', [4, 16]] },
            nodes: [node('MatMul', ['s', 'w'], 'r'), node('Identity', ['g'], 'h')],
            outputs: { h: ['bool', []], r: ['float32', [4, 16]] },
          }),
        }),
        product,
      ],
      outputs: out('y'),
    }),
  'convolutions in a Scan that runs backwards': () =>
    buildModel({
      inputs: { x: ['float32', [3, 1, 4, 6, 6]] },
      initializers: { w: f32([4, 4, 3, 3], 1, 0.2), b: f32([4], 5), s0: f32([1, 4, 6, 6], 7) },
      nodes: [
        node('Scan', ['s0', 'x'], ['s', 'y'], {
          num_scan_inputs: 1,
          scan_input_directions: [1],
          body: subgraph({
            inputs: { h: ['float32', [1, 4, 6, 6]], r: ['float32', [1, 4, 6, 6]] },
            nodes: [
              node('Add', ['h', 'r'], 'u'),
              node('Conv', ['u', 'w', 'b'], 'k', { pads: [1, 1, 1, 1] }),
              node('Relu', ['k'], 'm'),
              node('Identity', ['m'], 'o'),
            ],
            outputs: { m: ['float32', [1, 4, 6, 6]], o: ['float32', [1, 4, 6, 6]] },
          }),
        }),
      ],
      outputs: out('s', 'y'),
    }),
};

export const COMBINED: Readonly<Record<string, () => Model>> = {
  ...CLIPS,
  ...GEMMS,
  ...SHARED,
  ...PADS,
  ...WHERES,
  ...QUOTIENTS,
  ...OPSETS,
  ...MATRICES,
  ...HALVES,
  ...CONSTANTS,
};
