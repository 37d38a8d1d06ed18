/** Which products a Loop or Scan applies to their own results alone: x, Ax, AAx, ... Each graph is followed by hand. */
import { expect, test } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { walkGraphs } from '../../../../src/core/ir/walk.ts';
import { iteratedProducts } from '../../../../src/core/quantization/static/iterated.ts';
import {
  buildModel,
  type GraphSpec,
  type NodeSpec,
  noiseTensor,
  subgraph,
  tensor,
} from '../../../support/model-builder.ts';

const ROWS = ['float32', [4, 4]] as const;
const TOKENS = ['int64', [4]] as const;

/** Names of the products that are found. Values that do not say their type are float32, as types are inferred in bodies. */
function found({ graph }: Model): readonly string[] {
  for (const { nodes } of walkGraphs(graph))
    for (const output of nodes.flatMap(node => node.outputs))
      if (output) output.type ??= { kind: 'tensor', dtype: 'float32', dims: undefined };
  return [...iteratedProducts(graph)].map(node => node.name).sort();
}

/** x, its product p, weights, and one node that holds bodies. */
const holding = (node: NodeSpec): Model =>
  buildModel({
    inputs: { x: ROWS, tokens: TOKENS },
    initializers: {
      w: noiseTensor([4, 4]),
      c: noiseTensor([4], 2),
      turns: tensor('int64', [], [6]),
      yes: tensor('bool', [], [1]),
    },
    nodes: [product('x', 'p'), node],
    outputs: Object.fromEntries(node.out.map(name => [name, ROWS])),
  });

const product = (input: string, output: string): NodeSpec => ({
  op: 'MatMul',
  in: [input, 'w'],
  out: [output],
});
const op = (type: string, inputs: readonly string[], output: string): NodeSpec => ({
  op: type,
  in: inputs,
  out: [output],
});

/** @param states their next value, by name @param scans values that are collected */
function loop(
  states: Readonly<Record<string, string>>,
  nodes: readonly NodeSpec[],
  scans: readonly string[] = [],
  type: typeof ROWS | typeof TOKENS = ROWS,
): NodeSpec {
  const names = Object.keys(states);
  const results: GraphSpec['outputs'] = Object.fromEntries(
    [...Object.values(states), ...scans].map(name => [name, type]),
  );
  return {
    op: 'Loop',
    in: ['turns', '', ...names.map(() => (type === ROWS ? 'x' : 'tokens'))],
    out: [...names, ...scans].map(name => `${name}_end`),
    attrs: {
      body: subgraph({
        inputs: {
          turn: ['int64', []],
          go: ['bool', []],
          ...Object.fromEntries(names.map(name => [name, type])),
        },
        nodes: [op('Identity', ['go'], 'on'), ...nodes],
        outputs: { on: ['bool', []], ...results },
      }),
    },
  };
}

test.each<[string, NodeSpec, string[]]>([
  ['a product of its own result', loop({ s: 'm' }, [product('s', 'm')]), ['m']],
  [
    'with constants and functions on the way',
    loop({ s: 'next' }, [product('s', 'm'), op('Add', ['m', 'c'], 'b'), op('Tanh', ['b'], 'next')]),
    ['m'],
  ],
  ['two in a row', loop({ s: 'n' }, [product('s', 'm'), product('m', 'n')]), ['m', 'n']],
  [
    'over two turns, by way of another state',
    loop({ s: 'next', t: 'm' }, [op('Identity', ['t'], 'next'), product('s', 'm')]),
    ['m'],
  ],
  [
    'beside a product that only looks at the state',
    loop({ s: 'm' }, [product('s', 'm'), product('s', 'look')], ['look']),
    ['m'],
  ],
  [
    'in front of a sum that is collected',
    loop({ s: 'm' }, [product('s', 'm'), op('Add', ['m', 'p'], 'look')], ['look']),
    ['m'],
  ],
  [
    'through a shape from outside',
    loop({ s: 'next' }, [product('s', 'm'), op('Reshape', ['m', 'tokens'], 'next')]),
    ['m'],
  ],
])('Loop: %s', (_, node, names) => {
  expect(found(holding(node))).toEqual(names);
});

test.each<[string, NodeSpec]>([
  [
    'a value from outside is added in every turn',
    loop({ s: 'n' }, [product('s', 'm'), op('Add', ['m', 'p'], 'n')]),
  ],
  [
    'what stays the same is carried, and added',
    loop({ s: 'n', u: 'same' }, [
      product('s', 'm'),
      op('Add', ['m', 'u'], 'n'),
      op('Identity', ['u'], 'same'),
    ]),
  ],
  ['what is carried only changes its place', loop({ s: 't', t: 's' }, [product('x', 'm')], ['m'])],
  ['the product reads a value from outside', loop({ s: 'm' }, [product('x', 'm')])],
  [
    'the product is collected, not carried',
    loop({ s: 'n' }, [op('Tanh', ['s'], 'n'), product('s', 'm')], ['m']),
  ],
  [
    'the product goes into a state that it does not read',
    loop({ s: 'n', t: 'm' }, [op('Tanh', ['s'], 'n'), product('s', 'm')]),
  ],
  [
    'a token is chosen from scores',
    loop(
      { token: 'next' },
      [op('Gather', ['w', 'token'], 'rows'), product('rows', 'm'), op('ArgMax', ['m'], 'next')],
      [],
      TOKENS,
    ),
  ],
])('Loop, not where %s', (_, node) => {
  expect(found(holding(node))).toEqual([]);
});

/** One state h, and the rows of x. */
const scan = (nodes: readonly NodeSpec[], next: string, each: string): NodeSpec => ({
  op: 'Scan',
  in: ['x', 'x'],
  out: ['last', 'all'],
  attrs: {
    num_scan_inputs: 1,
    body: subgraph({
      inputs: { h: ROWS, row: ['float32', [4]] },
      nodes,
      outputs: { [next]: ROWS, [each]: ROWS },
    }),
  },
});

test('Scan: a product of its own result, while rows pass by', () => {
  expect(found(holding(scan([product('h', 'm'), op('Tanh', ['row'], 'e')], 'm', 'e')))).toEqual(['m']);
});

test('Scan, not where a row is added, and not of the rows', () => {
  const cell = [product('h', 'm'), op('Add', ['m', 'row'], 'n'), op('Identity', ['n'], 'e')];
  expect(found(holding(scan(cell, 'n', 'e')))).toEqual([]);
  expect(found(holding(scan([op('Tanh', ['h'], 'n'), product('row', 'e')], 'n', 'e')))).toEqual([]);
});

const branches = (yes: readonly NodeSpec[], to: string, no: readonly NodeSpec[], or: string): NodeSpec => ({
  op: 'If',
  in: ['yes'],
  out: ['chosen'],
  attrs: {
    then_branch: subgraph({ nodes: yes, outputs: { [to]: ROWS } }),
    else_branch: subgraph({ nodes: no, outputs: { [or]: ROWS } }),
  },
});

test('nested: a Loop in a branch, and in the body of another Loop', () => {
  const inner = loop({ s: 'm' }, [product('s', 'm')]);
  expect(found(holding(branches([inner], 's_end', [product('x', 'e')], 'e')))).toEqual(['m']);
  // The outer state is read by a product of its own, and goes on through the sum with p.
  const outer = loop({ t: 'n' }, [inner, product('t', 'k'), op('Add', ['k', 'p'], 'n')]);
  expect(found(holding(outer))).toEqual(['m']);
});

test('a product in a branch, where both branches go on from the state', () => {
  const looped = (no: readonly NodeSpec[]) =>
    holding(loop({ s: 'chosen' }, [branches([product('s', 't')], 't', no, 'e')]));
  expect(found(looped([product('s', 'e')]))).toEqual(['e', 't']);
  expect(found(looped([op('Tanh', ['s'], 'e')]))).toEqual(['t']);
  expect(found(looped([op('Tanh', ['x'], 'e')]))).toEqual([]);
});

test('a product behind a branch, and one that the state reaches through an inner Loop', () => {
  const branch = branches([op('Tanh', ['s'], 't')], 't', [op('Neg', ['s'], 'e')], 'e');
  expect(found(holding(loop({ s: 'm' }, [branch, product('chosen', 'm')])))).toEqual(['m']);
  const behind = (states: Readonly<Record<string, string>>, nodes: readonly NodeSpec[]) => {
    const inner = { ...loop(states, nodes), in: ['turns', '', ...Object.keys(states).map(() => 's')] };
    return holding(loop({ s: 'm' }, [inner, product('q_end', 'm')]));
  };
  expect(found(behind({ q: 'r' }, [op('Tanh', ['q'], 'r')]))).toEqual(['m']);
  expect(found(behind({ q: 'r' }, [op('Sub', ['q', 'p'], 'r')]))).toEqual([]);
  // What is new comes in a turn later.
  const late = [op('Sub', ['q', 'u'], 'r'), op('Neg', ['p'], 'v')];
  expect(found(behind({ q: 'r', u: 'v' }, late))).toEqual([]);
  // Begun anew in every turn, with x.
  const anew = loop({ q: 'r' }, [op('Tanh', ['q'], 'r')]);
  expect(found(holding(loop({ s: 'n' }, [anew, product('q_end', 'm'), op('Mul', ['m', 's'], 'n')])))).toEqual(
    [],
  );
});

test('an inner Scan over a state', () => {
  const inner = {
    ...scan([op('Add', ['h', 'row'], 'n'), op('Identity', ['row'], 'e')], 'n', 'e'),
    in: ['s', 's'],
  };
  expect(found(holding(loop({ s: 'm' }, [inner, product('last', 'm')])))).toEqual(['m']);
  expect(found(holding(loop({ s: 'm' }, [inner, product('all', 'm')])))).toEqual(['m']);
  const other = { ...inner, in: ['x', 's'] };
  expect(found(holding(loop({ s: 'm' }, [other, product('last', 'm')])))).toEqual([]);
});

test('a branch is no loop: its products are applied once', () => {
  expect(found(holding(branches([product('x', 't')], 't', [product('p', 'e')], 'e')))).toEqual([]);
});
