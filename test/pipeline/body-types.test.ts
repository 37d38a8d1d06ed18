/** Shapes that are said of values inside bodies are held against those that onnxruntime computes in every turn and branch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { Model } from '../../src/core/ir/model.ts';
import type { Dim, ValueType } from '../../src/core/ir/value.ts';
import { forgetShapes } from '../../src/core/passes/forget-shapes.ts';
import { inferTypes } from '../../src/pipeline/prepare.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, type NodeSpec, noiseTensor, subgraph, tensor } from '../support/model-builder.ts';
import { bytesOf } from '../support/run-bytes.ts';
import { feed } from '../support/run-model.ts';

const ROWS = ['float32', [4, 16]] as const;
const SHAPES = ['int64'] as const;
const op = (type: string, inputs: readonly string[], output: string, attrs = {}): NodeSpec => ({
  op: type,
  in: inputs,
  out: [output],
  attrs,
});
const shapeOf = (value: string): NodeSpec => op('Shape', [value], `shape_${value}`);

const modelOf = (node: NodeSpec): Model =>
  buildModel({
    opset: 17,
    inputs: { x: ROWS, yes: ['bool', []] },
    initializers: {
      w: noiseTensor([16, 16]),
      turns: tensor('int64', [], [3]),
    },
    nodes: [op('Tanh', ['x'], 'p'), node],
    outputs: Object.fromEntries(node.out.map(name => [name, undefined])),
  });

/** Each model gives out the real shapes of the named values, turn by turn. */
interface Case {
  readonly model: Model;
  /** By output, the values whose shapes it holds. Where branches share one, the first belongs to the branch that is taken. */
  readonly shown: Readonly<Record<string, string | readonly [taken: string, other: string]>>;
  /** What is to be inferred. */
  readonly dims: Readonly<Record<string, readonly Dim[] | undefined>>;
}

const branches = (s: string): NodeSpec => ({
  op: 'If',
  in: ['yes'],
  out: ['chosen', 'first', 'last'],
  attrs: {
    then_branch: subgraph({
      nodes: [op('MatMul', ['p', 'w'], 'a'), op('Neg', [s], 'b'), shapeOf('a'), shapeOf('b')],
      // What the file says here is false, in its rank as well.
      outputs: { b: ['float32', [9, 9, 9]], shape_a: SHAPES, shape_b: SHAPES },
    }),
    else_branch: subgraph({
      nodes: [
        op('MatMul', ['p', 'w'], 'c'),
        op('Concat', ['c', s], 'd', { axis: 0 }),
        shapeOf('c'),
        shapeOf('d'),
      ],
      outputs: { d: ROWS, shape_c: SHAPES, shape_d: SHAPES },
    }),
  },
});

/** @param type what the file says of the state */
const loop = (
  type: typeof ROWS,
  inner: readonly NodeSpec[],
  shown: readonly string[],
  next = 'next',
): NodeSpec => ({
  op: 'Loop',
  in: ['turns', '', 'x'],
  out: ['end', ...shown.map(name => `${name}_all`)],
  attrs: {
    body: subgraph({
      inputs: { turn: ['int64', []], go: ['bool', []], s: type },
      nodes: [op('Identity', ['go'], 'on'), ...inner],
      outputs: {
        on: ['bool', []],
        [next]: type,
        ...Object.fromEntries(shown.map(name => [name, SHAPES])),
      },
    }),
  },
});

const GROWING = loop(
  ROWS,
  [
    op('MatMul', ['s', 'w'], 'm'),
    op('Concat', ['s', 'm'], 'next', { axis: 0 }),
    op('MatMul', ['p', 'w'], 'fixed'),
    op('Gather', ['x', 'turn'], 'row'),
    ...['s', 'm', 'next', 'fixed', 'row'].map(shapeOf),
  ],
  ['shape_s', 'shape_m', 'shape_next', 'shape_fixed', 'shape_row'],
);

const scan = (axis: number, length: number): NodeSpec => ({
  op: 'Scan',
  in: ['x', 'p'],
  out: ['h_end', 'n_all', 'e_all'],
  attrs: {
    num_scan_inputs: 1,
    scan_input_axes: [axis],
    body: subgraph({
      inputs: { h: ['float32', [7]], row: ['float32', [7]] },
      nodes: [op('Neg', ['h'], 'n'), op('Abs', ['row'], 'e'), ...['n', 'e'].map(shapeOf)],
      outputs: { n: ['float32', [length]], shape_n: SHAPES, shape_e: SHAPES },
    }),
  },
});

const CASES: Readonly<Record<string, Case>> = {
  'a Loop whose state grows': {
    model: modelOf(GROWING),
    shown: {
      shape_s_all: 's',
      shape_m_all: 'm',
      shape_next_all: 'next',
      shape_fixed_all: 'fixed',
      shape_row_all: 'row',
    },
    dims: { s: undefined, m: undefined, next: undefined, fixed: [4, 16], row: [16], end: undefined },
  },
  'an If whose branches differ': {
    model: modelOf(branches('x')),
    shown: { first: ['a', 'c'], last: ['b', 'd'] },
    dims: { a: [4, 16], b: [4, 16], c: [4, 16], d: [8, 16], chosen: [undefined, 16] },
  },
  'such an If in a Loop, of its state': {
    model: modelOf(loop(ROWS, [branches('s')], ['first', 'last'], 'chosen')),
    shown: { first_all: ['a', 'c'], last_all: ['b', 'd'] },
    dims: { a: [4, 16], b: undefined, c: [4, 16], d: undefined, chosen: undefined, end: undefined },
  },
  'a Scan over rows': {
    model: modelOf(scan(0, 3)),
    shown: { n_all: 'n', e_all: 'e' },
    dims: { n: [4, 16], e: [16] },
  },
  'a Scan over columns, counted from the end': {
    model: modelOf(scan(-1, 3)),
    shown: { n_all: 'n', e_all: 'e' },
    dims: { n: [4, 16], e: [4] },
  },
};

async function typesOf(model: Model): Promise<ReadonlyMap<string, ValueType>> {
  const folder = mkdtempSync(join(tmpdir(), 'bitpress-body-types-'));
  try {
    return await inferTypes(model, join(folder, 'typed.onnx'), localPorts);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const dimsIn = (types: ReadonlyMap<string, ValueType>, name: string): readonly Dim[] | undefined => {
  const type = types.get(name);
  return type?.kind === 'tensor' ? type.dims : undefined;
};

test.each(Object.entries(CASES))('%s', async (_, { model, shown, dims }) => {
  forgetShapes.run(model);
  const types = await typesOf(model);
  expect(Object.fromEntries(Object.keys(dims).map(name => [name, dimsIn(types, name)]))).toEqual(dims);

  const session = await InferenceSession.create(bytesOf(model), { logSeverityLevel: 3 });
  for (const yes of [true, false]) {
    const results = await session.run({
      x: feed([4, 16], Array<number>(64).fill(0.5)),
      yes: new Tensor('bool', [yes], []),
    });
    for (const [output, names] of Object.entries(shown)) {
      const name = typeof names === 'string' ? names : names[yes ? 0 : 1];
      const real = results[output]!;
      const rank = real.dims.at(-1) as number;
      const said = dimsIn(types, name);
      if (said) expect(said).toHaveLength(rank);
      [...(real.data as BigInt64Array)].forEach((length, at) => {
        const dim = said?.[at % rank];
        if (typeof dim === 'number')
          expect(dim, `${name}, turn ${Math.floor(at / rank)}`).toBe(Number(length));
      });
    }
  }
  await session.release();
});

test('an input that a caller may override is no constant to a body', async () => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ROWS, yes: ['bool', []], size: ['int64', [2]] },
    initializers: { size: tensor('int64', [2], [8, 8]), fixed: tensor('int64', [2], [2, 32]) },
    nodes: [
      {
        op: 'If',
        in: ['yes'],
        out: ['y'],
        attrs: {
          then_branch: subgraph({ nodes: [op('Reshape', ['x', 'size'], 'a')], outputs: { a: ['float32'] } }),
          else_branch: subgraph({ nodes: [op('Reshape', ['x', 'fixed'], 'b')], outputs: { b: ['float32'] } }),
        },
      },
    ],
    outputs: { y: ['float32'] },
  });
  const types = await typesOf(model);
  expect([dimsIn(types, 'a'), dimsIn(types, 'b')]).toEqual([
    [undefined, undefined],
    [2, 32],
  ]);
});
