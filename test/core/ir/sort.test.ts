import { expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { sortGraph } from '../../../src/core/ir/sort.ts';
import { validate } from '../../../src/core/ir/validate.ts';
import { buildModel, noise, subgraph } from '../../support/model-builder.ts';

const order = (model: Model): string => model.graph.nodes.map(node => node.name).join(' ');

/** Two independent chains and a node that joins them. */
function diamond(): Model {
  return buildModel({
    inputs: { x: ['float32', [1]] },
    nodes: [
      { op: 'Relu', in: ['x'], out: ['a1'] },
      { op: 'Neg', in: ['x'], out: ['b1'] },
      { op: 'Relu', in: ['a1'], out: ['a2'] },
      { op: 'Neg', in: ['b1'], out: ['b2'] },
      { op: 'Add', in: ['a2', 'b2'], out: ['y'] },
    ],
    outputs: { y: undefined },
  });
}

test('a sorted graph is left as it is', () => {
  const model = diamond();
  sortGraph(model.graph);
  expect(order(model)).toBe('a1 b1 a2 b2 y');
});

test('any order becomes a valid one', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const model = diamond();
    const keys = noise(5, seed);
    const shuffled = model.graph.nodes.map((node, index) => ({ node, key: keys[index]! }));
    shuffled.sort((a, b) => a.key - b.key);
    model.graph.nodes.splice(0, 5, ...shuffled.map(({ node }) => node));
    sortGraph(model.graph);
    validate(model);
  }
});

test('ready nodes keep the order they had', () => {
  const model = diamond();
  model.graph.nodes.reverse();
  sortGraph(model.graph);
  expect(order(model)).toBe('b1 b2 a1 a2 y');
});

test('what a subgraph captures comes first', () => {
  const model = buildModel({
    inputs: { cond: ['bool', []], x: ['float32', [1]] },
    nodes: [
      {
        op: 'If',
        in: ['cond'],
        out: ['y'],
        attrs: {
          then_branch: subgraph({ nodes: [{ op: 'Neg', in: ['a'], out: ['t'] }], outputs: { t: undefined } }),
          else_branch: subgraph({ nodes: [], outputs: { a: undefined } }),
        },
      },
      { op: 'Relu', in: ['x'], out: ['a'] },
    ],
    outputs: { y: undefined },
  });
  sortGraph(model.graph);
  expect(order(model)).toBe('a y');
  validate(model);
});

test('a cycle is named', () => {
  const model = diamond();
  model.graph.nodes[0]!.setInput(0, model.graph.outputs[0]);
  expect(() => sortGraph(model.graph)).toThrow(
    expect.objectContaining({
      code: 'model_invalid',
      message: 'the graph has a cycle: Relu "a1" -> Relu "a2" -> Add "y"',
    }),
  );
});

test('a hundred thousand nodes in one chain', () => {
  const nodes = Array.from({ length: 100_000 }, (_, i) => ({
    op: 'Relu',
    in: [`v${i}`],
    out: [`v${i + 1}`],
  }));
  const model = buildModel({ inputs: { v0: undefined }, nodes, outputs: { v100000: undefined } });
  model.graph.nodes.reverse();
  sortGraph(model.graph);
  validate(model);
});
