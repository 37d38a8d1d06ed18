/**
 * The QOperator form of a static plan: each operator has its integer twin, and onnxruntime gives what it gives for the
 * QDQ form of the same plan, to one or two steps of the output's grid (the twins round in other places).
 */
import { expect, test } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { buildModel, type NodeSpec, noise, noiseTensor, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';
import { runBytes } from '../../../support/run-bytes.ts';

const f32 = (dims: number[], seed = 1, scale = 0.3) => noiseTensor(dims, seed, x => x * scale);
const scalar = (x: number) => tensor('float32', [], [x]);
const DIMS = [1, 4, 8, 8] as const;

/** conv, then `middle` from `a` to `b`, then conv. */
function between(
  middle: readonly NodeSpec[],
  initializers: Record<string, ReturnType<typeof tensor>> = {},
): Model {
  return buildModel({
    opset: 17,
    inputs: { x: ['float32', [...DIMS]] },
    initializers: { w: f32([4, 4, 3, 3]), v: f32([4, 4, 1, 1], 2), bias: f32([4], 3), ...initializers },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'bias'], out: ['a'], attrs: { pads: [1, 1, 1, 1] } },
      ...middle,
      { op: 'Conv', in: ['b', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32'] },
  });
}

const unary = (op: string, attrs: NodeSpec['attrs'] = {}): Model =>
  between([{ op, in: ['a'], out: ['b'], attrs }]);

function product(op: 'MatMul' | 'Gemm', twice: boolean, bias: boolean): Model {
  const first: NodeSpec = { op, in: bias ? ['x', 'w', 'c'] : ['x', 'w'], out: [twice ? 'h' : 'y'] };
  return buildModel({
    inputs: { x: ['float32', [4, 16]] },
    initializers: { w: f32([16, 12]), v: f32([12, 6], 2), c: f32([12], 3) },
    nodes: twice ? [first, { op: 'MatMul', in: ['h', 'v'], out: ['y'] }] : [first],
    outputs: { y: ['float32'] },
  });
}

const ints = (...values: number[]) => tensor('int64', [values.length], values);

interface Case {
  readonly model: Model;
  /** Operators, and pairs of them that read one another, which must be there or must not. */
  readonly has: readonly string[];
  readonly hasNot: readonly string[];
}

const PRODUCTS: Readonly<Record<string, Case>> = {
  'MatMul that ends in float': {
    model: product('MatMul', false, false),
    has: ['MatMulIntegerToFloat'],
    hasNot: ['MatMul'],
  },
  'MatMul that is read in codes': {
    model: product('MatMul', true, false),
    has: ['QLinearMatMul'],
    hasNot: ['MatMul'],
  },
  'Gemm that ends in float': { model: product('Gemm', false, true), has: ['QGemm'], hasNot: ['Gemm'] },
  'Gemm that is read in codes': { model: product('Gemm', true, true), has: ['QGemm'], hasNot: ['Gemm'] },
  'Gemm without C': { model: product('Gemm', true, false), has: ['QGemm'], hasNot: ['Gemm'] },
  'Conv and arithmetic': {
    model: between([
      { op: 'Add', in: ['a', 'a'], out: ['d'] },
      { op: 'Sigmoid', in: ['d'], out: ['s'] },
      { op: 'Mul', in: ['a', 's'], out: ['m'] },
      { op: 'LeakyRelu', in: ['m'], out: ['l'], attrs: { alpha: { kind: 'float', value: 0.25 } } },
      { op: 'Concat', in: ['a', 'l'], out: ['c'], attrs: { axis: 2 } },
      { op: 'MaxPool', in: ['c'], out: ['b'], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    ]),
    has: ['QLinearConv', 'QLinearAdd', 'QLinearSigmoid', 'QLinearMul', 'QLinearLeakyRelu', 'QLinearConcat'],
    hasNot: ['Conv', 'Add', 'Sigmoid', 'Mul', 'LeakyRelu', 'Concat', 'DequantizeLinear>MaxPool'],
  },
};

const OTHERS: Readonly<Record<string, Case>> = {
  averages: {
    model: between([
      {
        op: 'AveragePool',
        in: ['a'],
        out: ['p'],
        attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
      },
      {
        op: 'AveragePool',
        in: ['p'],
        out: ['q'],
        attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
      },
      { op: 'GlobalAveragePool', in: ['q'], out: ['b'] },
    ]),
    has: ['QLinearAveragePool', 'QLinearGlobalAveragePool'],
    hasNot: ['AveragePool', 'GlobalAveragePool'],
  },
  'an average with ceil_mode stays': {
    model: unary('AveragePool', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    has: ['DequantizeLinear>AveragePool'],
    hasNot: ['QLinearAveragePool'],
  },
  'moved elements': {
    model: between(
      [
        { op: 'Transpose', in: ['a'], out: ['t'], attrs: { perm: [0, 1, 3, 2] } },
        { op: 'MaxPool', in: ['t'], out: ['m'], attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
        { op: 'Pad', in: ['m', 'pads'], out: ['z'] },
        { op: 'Slice', in: ['z', 'from', 'to', 'axes'], out: ['s'] },
        { op: 'Pad', in: ['s', 'pads'], out: ['r'], attrs: { mode: 'reflect' } },
        { op: 'Resize', in: ['r', '', 'scales'], out: ['n'], attrs: { mode: 'nearest' } },
        { op: 'Split', in: ['n'], out: ['p', 'q'], attrs: { axis: 1 } },
        { op: 'Concat', in: ['q', 'p'], out: ['c'], attrs: { axis: 1 } },
        { op: 'SpaceToDepth', in: ['c'], out: ['e'], attrs: { blocksize: 2 } },
        { op: 'DepthToSpace', in: ['e'], out: ['f'], attrs: { blocksize: 2 } },
        { op: 'Tile', in: ['f', 'twice'], out: ['g'] },
        { op: 'Gather', in: ['g', 'rows'], out: ['h'], attrs: { axis: 2 } },
        { op: 'Reshape', in: ['h', 'shape'], out: ['b'] },
      ],
      {
        pads: ints(0, 0, 1, 1, 0, 0, 1, 1),
        from: ints(1),
        to: ints(9),
        axes: ints(2),
        scales: tensor('float32', [4], [1, 1, 2, 1]),
        twice: ints(1, 1, 2, 1),
        rows: ints(0, 9, 21, 3),
        shape: ints(1, 4, -1, 4),
      },
    ),
    has: ['Pad', 'Gather', 'Resize', 'Split', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Slice', 'Transpose'],
    hasNot: ['DequantizeLinear', 'Conv'],
  },
  'a Resize that interpolates stays': {
    model: between([{ op: 'Resize', in: ['a', '', 'scales'], out: ['b'], attrs: { mode: 'linear' } }], {
      scales: tensor('float32', [4], [1, 1, 2, 2]),
    }),
    has: ['DequantizeLinear>Resize'],
    hasNot: ['Conv'],
  },
  'a Clip with bounds inside the range': {
    model: between([{ op: 'Clip', in: ['a', 'lo', 'hi'], out: ['b'] }], { lo: scalar(0.1), hi: scalar(0.2) }),
    has: ['Clip'],
    hasNot: ['DequantizeLinear>Clip'],
  },
  'a ConvTranspose stays': {
    model: between([{ op: 'ConvTranspose', in: ['a', 'v'], out: ['b'] }]),
    has: ['DequantizeLinear>ConvTranspose'],
    hasNot: ['Conv'],
  },
};

const INPUTS = (model: Model) =>
  Object.fromEntries(
    model.graph.inputs.map(({ name, dims = [] }) => [
      name,
      {
        dtype: 'float32' as const,
        dims: dims.map(Number),
        data: new Float32Array(
          noise(
            dims.map(Number).reduce((a, b) => a * b, 1),
            77,
          ),
        ),
      },
    ]),
  );

/** Operators, and pairs that read one another. */
function shape({ graph }: Model): readonly string[] {
  return graph.nodes.flatMap(node => [
    node.opType,
    ...node.inputs.flatMap(value => (value?.producer ? [`${value.producer.opType}>${node.opType}`] : [])),
  ]);
}

async function check({ model, has, hasNot }: Case, types: Record<string, unknown>): Promise<void> {
  const method = { type: 'static-int8', ...types };
  const qdq = await quantizeGraph(model, method);
  const qop = await quantizeGraph(model, { ...method, format: 'qoperator' });
  const operators = shape(qop.artifact);
  expect(operators).toEqual(expect.arrayContaining([...has]));
  // The model's output is dequantized at its end.
  expect(operators.slice(0, -2).filter(name => hasNot.includes(name))).toEqual([]);
  expect(qop.report.comparison.minSqnrDb).toBeGreaterThanOrEqual(33);
  expect(qop.report.structure.quantizedNodes).toBe(qdq.report.structure.quantizedNodes);

  const feeds = INPUTS(model);
  // Computed in float: the same on every CPU.
  const expected = (await runBytes(qdq.bytes, feeds, 'off')).y?.data as Float32Array;
  const step = (Math.max(...expected) - Math.min(...expected, 0)) / 255;
  for (const optimization of ['off', 'all'] as const) {
    const got = (await runBytes(qop.bytes, feeds, optimization)).y?.data as Float32Array;
    expect(Math.max(...got.map((x, i) => Math.abs(x - (expected[i] as number)))) / step).toBeLessThan(2.1);
  }
}

test.each(Object.entries({ ...PRODUCTS, ...OTHERS }))('uint8 by int8: %s', (_, one) => check(one, {}));
/** One of each kind: MatMul and Gemm differ in nothing else. */
const KINDS = Object.entries(PRODUCTS).filter(([name]) => !/ends in float|without/.test(name));
test.each(KINDS)('int8 by int8: %s', (_, one) =>
  // The guard would narrow the QDQ form alone, where it is switched on.
  check(one, { activation: 'int8', symmetricActivation: true, saturationGuard: false }),
);
test.each(KINDS)('uint8 by uint8, one scale: %s', (_, one) =>
  check(one, { weight: 'uint8', perChannel: false }),
);

test('a convolution whose channels have zero points of their own', () =>
  check({ model: unary('Identity'), has: ['QLinearConv'], hasNot: ['Conv'] }, { weight: 'uint8' }));

test('16-bit activations are refused by name', async () => {
  await expect(
    quantizeGraph(unary('Identity'), { type: 'static-int8', format: 'qoperator', activation: 'uint16' }),
  ).rejects.toMatchObject({ code: 'invalid_spec', place: { field: 'method.format' } });
});
