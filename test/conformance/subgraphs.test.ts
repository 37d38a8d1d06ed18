/**
 * Static quantization inside If, Loop and Scan bodies. Each graph comes out at 35 dB or better against onnxruntime's float
 * result with optimisations on and off (the pipeline verifies both), and what no sample reached stays float by name.
 */
import { expect, test } from 'vitest';
import type { Graph } from '../../src/core/ir/graph.ts';
import type { Model } from '../../src/core/ir/model.ts';
import { walkGraphs } from '../../src/core/ir/walk.ts';
import {
  buildModel,
  type GraphSpec,
  type NodeSpec,
  noiseTensor,
  subgraph,
  tensor,
} from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

/** A product with 16 of these keeps the size of what it reads: one range then serves all turns of a loop. */
const f32 = (dims: number[], seed = 1, scale = 0.43) => noiseTensor(dims, seed, x => x * scale);
const int64 = (dims: number[], values: number[]) => tensor('int64', dims, values);
const ROWS = ['float32', [4, 16]] as const;
const yes = tensor('bool', [], [1]);

/** x, weights, and one node that holds bodies. */
const holder = (node: NodeSpec, outputs: GraphSpec['outputs'], before: readonly NodeSpec[] = []): Model =>
  buildModel({
    opset: 17,
    inputs: { x: ROWS },
    initializers: {
      w: f32([16, 16]),
      v: f32([16, 16], 2),
      c: f32([16], 3),
      zero: tensor('float32', [], [0]),
      turns: int64([], [3]),
      yes,
    },
    nodes: [...before, node],
    outputs,
  });

const product = (input: string, output: string, weight = 'w'): NodeSpec => ({
  op: 'MatMul',
  in: [input, weight],
  out: [output],
});
const branch = (nodes: readonly NodeSpec[], output: string): ReturnType<typeof subgraph> =>
  subgraph({ nodes, outputs: { [output]: ROWS } });

/** True for about every other sample. */
const SIGN: readonly NodeSpec[] = [
  { op: 'ReduceSum', in: ['x'], out: ['sum'], attrs: { keepdims: 0 } },
  { op: 'Greater', in: ['sum', 'zero'], out: ['positive'] },
];

const LOOP = (body: GraphSpec, inputs: readonly string[], out: readonly string[]): NodeSpec => ({
  op: 'Loop',
  in: ['turns', '', ...inputs],
  out,
  attrs: { body: subgraph(body) },
});

const state = (name: string): NonNullable<GraphSpec['inputs']> => ({
  i: ['int64', []],
  go: ['bool', []],
  [name]: ROWS,
});
const again: NodeSpec = { op: 'Identity', in: ['go'], out: ['on'] };

const GRAPHS: Readonly<Record<string, Model>> = {
  'both branches of an If, one weight in both': holder(
    {
      op: 'If',
      in: ['positive'],
      out: ['y'],
      attrs: {
        then_branch: branch(
          [
            { op: 'Gemm', in: ['x', 'w', 'c'], out: ['p'] },
            { op: 'Relu', in: ['p'], out: ['r'] },
            product('r', 't', 'v'),
          ],
          't',
        ),
        else_branch: branch([product('x', 'e')], 'e'),
      },
    },
    { y: ROWS },
    SIGN,
  ),
  'a body that captures what the main graph quantizes': holder(
    {
      op: 'If',
      in: ['positive'],
      out: ['y'],
      attrs: {
        then_branch: branch([product('a', 't', 'v')], 't'),
        else_branch: branch([product('b', 'e', 'v')], 'e'),
      },
    },
    { y: ROWS, z: ROWS },
    [...SIGN, product('x', 'a'), { op: 'Gemm', in: ['a', 'v', 'c'], out: ['b'] }, product('b', 'z')],
  ),
  'a Loop that carries its value and scans another': holder(
    LOOP(
      {
        inputs: state('s'),
        nodes: [
          again,
          product('s', 'm'),
          // As in a recurrent layer the input comes in at each turn: else errors only add up.
          { op: 'Sub', in: ['m', 'x'], out: ['r'] },
          { op: 'Tanh', in: ['r'], out: ['next'] },
          product('next', 'n', 'v'),
          { op: 'Neg', in: ['n'], out: ['each'] },
        ],
        outputs: { on: ['bool', []], next: ROWS, each: ROWS },
      },
      ['x'],
      ['y', 'z'],
    ),
    { y: ROWS, z: ['float32', [3, 4, 16]] },
  ),
  'a Loop whose shapes grow from turn to turn': holder(
    LOOP(
      {
        inputs: { i: ['int64', []], go: ['bool', []], s: ['float32', ['N', 16]] },
        nodes: [
          again,
          product('s', 'm'),
          { op: 'Tanh', in: ['m'], out: ['t'] },
          { op: 'Concat', in: ['s', 't'], out: ['next'], attrs: { axis: 0 } },
        ],
        outputs: { on: ['bool', []], next: ['float32', ['M', 16]] },
      },
      ['x'],
      ['y'],
    ),
    { y: ['float32', ['K', 16]] },
  ),
  'a Loop without carried values': holder(
    LOOP(
      {
        inputs: { i: ['int64', []], go: ['bool', []] },
        nodes: [again, product('x', 'm')],
        outputs: { on: ['bool', []], m: ROWS },
      },
      [],
      ['y'],
    ),
    { y: ['float32', [3, 4, 16]] },
  ),
  'a Scan over rows': holder(
    {
      op: 'Scan',
      in: ['c', 'x'],
      out: ['last', 'y'],
      attrs: {
        num_scan_inputs: 1,
        scan_output_axes: [0],
        body: subgraph({
          inputs: { h: ['float32', [16]], row: ['float32', [16]] },
          nodes: [
            { op: 'Add', in: ['h', 'row'], out: ['sum'] },
            { op: 'Unsqueeze', in: ['sum', 'front'], out: ['u'] },
            product('u', 'm'),
            { op: 'Tanh', in: ['m'], out: ['t'] },
            { op: 'Squeeze', in: ['t', 'front'], out: ['next'] },
            { op: 'Identity', in: ['next'], out: ['each'] },
          ],
          initializers: { front: int64([1], [0]) },
          outputs: { next: ['float32', [16]], each: ['float32', [16]] },
        }),
      },
    },
    { last: ['float32', [16]], y: ROWS },
  ),
  'an If inside a Loop': holder(
    LOOP(
      {
        inputs: state('s'),
        initializers: { odd: int64([], [1]) },
        nodes: [
          again,
          { op: 'Equal', in: ['i', 'odd'], out: ['second'] },
          {
            op: 'If',
            in: ['second'],
            out: ['b'],
            attrs: {
              then_branch: branch([product('s', 't')], 't'),
              else_branch: branch([product('s', 'e', 'v')], 'e'),
            },
          },
          { op: 'Add', in: ['b', 'x'], out: ['r'] },
          { op: 'Tanh', in: ['r'], out: ['next'] },
        ],
        outputs: { on: ['bool', []], next: ROWS },
      },
      ['x'],
      ['y'],
    ),
    { y: ROWS },
  ),
};

const nested = ({ graph }: Model): readonly Graph[] => [...walkGraphs(graph)].filter(each => each !== graph);
const quantizedIn = (graphs: readonly Graph[]): number =>
  graphs.flatMap(({ nodes }) =>
    nodes.filter(
      ({ opType, inputs }) =>
        /^(MatMul|Gemm)$/.test(opType) && inputs[1]?.producer?.opType === 'DequantizeLinear',
    ),
  ).length;
const productsIn = (graphs: readonly Graph[]): number =>
  graphs.flatMap(({ nodes }) => nodes.filter(({ opType }) => /^(MatMul|Gemm)$/.test(opType))).length;

/** Its state would stay float: nothing new enters it (iterated.ts). */
const ITERATED = 'a Loop whose shapes grow from turn to turn';

test.each(Object.entries(GRAPHS))('static: %s', async (name, model) => {
  const preferInteger = name === ITERATED;
  const { report, artifact } = await quantizeGraph(model, { type: 'static-int8', preferInteger });
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
  expect(productsIn(nested(artifact))).toBeGreaterThan(0);
  expect(quantizedIn(nested(artifact))).toBe(productsIn(nested(artifact)));
});

test('a state that goes through branches and their products alone stays float', async () => {
  const model = holder(
    LOOP(
      {
        inputs: state('s'),
        initializers: { odd: int64([], [1]), small: f32([16, 16], 4, 0.1) },
        nodes: [
          again,
          { op: 'Equal', in: ['i', 'odd'], out: ['second'] },
          {
            op: 'If',
            in: ['second'],
            out: ['next'],
            attrs: {
              then_branch: branch([product('s', 't', 'small')], 't'),
              else_branch: branch([product('s', 'e')], 'e'),
            },
          },
        ],
        outputs: { on: ['bool', []], next: ROWS },
      },
      ['first'],
      ['y'],
    ),
    { y: ROWS },
    [product('x', 'first')],
  );
  const { report } = await quantizeGraph(model, { type: 'static-int8' });
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
  const iterated = report.floatReasons.filter(({ code }) => code === 'range_not_covered');
  expect(iterated.map(({ operators }) => operators)).toEqual([{ MatMul: 2 }]);
});

test('QOperator: twins stand in bodies too', async () => {
  const { report, artifact } = await quantizeGraph(GRAPHS['both branches of an If, one weight in both']!, {
    type: 'static-int8',
    format: 'qoperator',
  });
  const types = nested(artifact).flatMap(({ nodes }) => nodes.map(({ opType }) => opType));
  expect(types).toEqual(expect.arrayContaining(['QGemm', 'MatMulIntegerToFloat']));
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
});

test('the weights of two branches are stored once', async () => {
  const { artifact } = await quantizeGraph(GRAPHS['both branches of an If, one weight in both']!, {
    type: 'static-int8',
  });
  expect(
    artifact.graph.initializers
      .filter(({ dtype }) => dtype === 'int8')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(expect.arrayContaining(['v_q', 'w_q']));
  expect(nested(artifact).flatMap(({ initializers }) => initializers.map(({ name }) => name))).toEqual([]);
});

test('a branch that was never taken stays float, with the reason', async () => {
  const model = holder(
    {
      op: 'If',
      in: ['yes'],
      out: ['y'],
      attrs: {
        then_branch: branch([product('x', 't')], 't'),
        else_branch: branch(
          [product('x', 'p', 'v'), { op: 'Relu', in: ['p'], out: ['r'] }, product('r', 'e')],
          'e',
        ),
      },
    },
    { y: ROWS, seen: ROWS },
    // The condition depends on the data, but no sample makes it false.
    [
      { op: 'Abs', in: ['x'], out: ['size'] },
      { op: 'ReduceSum', in: ['size'], out: ['sum'], attrs: { keepdims: 0 } },
      { op: 'Greater', in: ['sum', 'zero'], out: ['always'] },
      product('x', 'seen'),
    ],
  );
  model.graph.nodes
    .find(({ opType }) => opType === 'If')!
    .setInput(0, model.graph.nodes.find(({ opType }) => opType === 'Greater')!.outputs[0]);
  const { report } = await quantizeGraph(model, { type: 'static-int8' });
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
  const silent = report.floatReasons.filter(({ code }) => code === 'not_observed');
  expect(silent.map(({ operators }) => operators)).toEqual([{ MatMul: 2, Relu: 1 }]);
});
