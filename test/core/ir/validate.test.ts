import { expect, test } from 'vitest';
import { removeNode } from '../../../src/core/ir/edit.ts';
import type { Model } from '../../../src/core/ir/model.ts';
import { Node } from '../../../src/core/ir/node.ts';
import { validate } from '../../../src/core/ir/validate.ts';
import { Value } from '../../../src/core/ir/value.ts';
import { buildModel, subgraph, tensor } from '../../support/model-builder.ts';

function chain(): Model {
  return buildModel({
    inputs: { x: ['float32', [2]] },
    initializers: { one: tensor('float32', [1], [1]) },
    nodes: [
      { op: 'Add', in: ['x', 'one'], out: ['a'] },
      { op: 'Relu', in: ['a'], out: ['y'] },
    ],
    outputs: { y: ['float32', [2]] },
  });
}

function branching(): Model {
  return buildModel({
    inputs: { cond: ['bool', []], x: ['float32', [2]] },
    nodes: [
      { op: 'Relu', in: ['x'], out: ['a'] },
      {
        op: 'If',
        in: ['cond'],
        out: ['y'],
        attrs: {
          then_branch: subgraph({ nodes: [{ op: 'Neg', in: ['a'], out: ['t'] }], outputs: { t: undefined } }),
          else_branch: subgraph({ nodes: [{ op: 'Abs', in: ['a'], out: ['e'] }], outputs: { e: undefined } }),
        },
      },
    ],
    outputs: { y: undefined },
  });
}

const refusal = (model: Model): string => {
  try {
    validate(model);
  } catch (error) {
    expect(error).toMatchObject({ code: 'model_invalid' });
    return (error as Error).message;
  }
  return 'accepted';
};

test('accepts well-formed models, subgraphs that capture outer values included', () => {
  expect(refusal(chain())).toBe('accepted');
  expect(refusal(branching())).toBe('accepted');
});

test('a node in front of its producer is named', () => {
  const model = chain();
  model.graph.nodes.reverse();
  expect(refusal(model)).toBe('node "y" (Relu): input 0 is "a", but nothing before the node defines it');
});

test('a subgraph may not read what is defined behind the node that holds it', () => {
  const model = branching();
  model.graph.nodes.reverse();
  expect(refusal(model)).toContain('node "t" (Neg)');
});

test('two values of one name', () => {
  const model = chain();
  model.graph.nodes[0]!.outputs[0]!.name = 'x';
  expect(refusal(model)).toBe('node "a" (Add): the value "x" is defined twice');
});

test('a shadowed name that leads to another value', () => {
  const model = branching();
  const [neg] = [...model.graph.nodes[0]!.outputs[0]!.uses].map(use => use.node);
  neg!.setInput(1, neg!.inputs[0]);
  neg!.outputs[0]!.name = 'a';
  const reader = new Node({
    opType: 'Abs',
    inputs: [neg!.inputs[0]],
    outputs: [new Value('z')],
    name: 'reader',
  });
  const branch = model.graph.nodes[1]!.attributes.get('then_branch');
  if (branch?.kind === 'graph') branch.value.nodes.push(reader);
  expect(refusal(model)).toBe('node "reader" (Abs): input 0 is "a", but that name belongs to another value');
});

test('a use by a node that was spliced out instead of removed', () => {
  const model = chain();
  model.graph.nodes.pop();
  model.graph.outputs[0] = model.graph.nodes[0]!.outputs[0]!;
  expect(refusal(model)).toBe('node "y" (Relu): the value "a" lists a use that does not exist');
});

test('an output whose producer was removed', () => {
  const model = chain();
  removeNode(model.graph, model.graph.nodes[1]!);
  expect(refusal(model)).toBe('the output "y" of graph "g" is not defined by it');
});

test('a node listed twice, a domain without an import, an initializer without a tensor', () => {
  const twice = chain();
  twice.graph.nodes.push(twice.graph.nodes[1]!);
  expect(refusal(twice)).toContain('stands twice');
  const domain = chain();
  domain.graph.nodes[0]!.domain = 'com.microsoft';
  expect(refusal(domain)).toContain('the domain "com.microsoft" is not among');
  const empty = chain();
  empty.graph.initializers[0]!.initializer = undefined;
  expect(refusal(empty)).toContain('"one" has no tensor');
});
