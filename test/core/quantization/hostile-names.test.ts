/** Operator types are names of a file: those of Object's own properties are no entries of our tables. */
import { expect, test } from 'vitest';
import { Observers } from '../../../src/core/calibration/observers.ts';
import { visibleGraphs } from '../../../src/core/ir/lift.ts';
import { METHODS } from '../../../src/core/quantization/methods/index.ts';
import { buildModel, noiseTensor, subgraph } from '../../support/model-builder.ts';

const model = buildModel({
  inputs: { x: ['float32', [1, 64]] },
  initializers: { w: noiseTensor([64, 64]) },
  nodes: ['constructor', 'toString', '__proto__', 'hasOwnProperty'].map(op => ({
    op,
    in: ['x', 'w'],
    out: [`out_${op}`],
  })),
  outputs: { out_constructor: ['float32', [1, 64]] },
});
for (const node of model.graph.nodes)
  for (const output of node.outputs) output!.type ??= { kind: 'tensor', dtype: 'float32', dims: [1, 64] };

test.each(METHODS.ids.filter(id => !id.includes('float')))('%s leaves them alone', id => {
  const method = METHODS.get(id)!;
  const context = { model, options: {}, released: new Map<string, string>() };
  expect(method.observers(context)).toBeInstanceOf(Observers);
  const plan = method.plan(context, new Observers());
  expect([...plan.nodes.values()].map(({ action }) => action)).toEqual(Array(4).fill('float'));
});

test.each(['float16', 'bfloat16'])('%s plans them as it plans any operator', id => {
  const context = { model, options: {}, released: new Map<string, string>() };
  const plan = METHODS.get(id)!.plan(context, new Observers());
  for (const decision of plan.nodes.values()) expect(decision).toMatchObject({ action: 'quantize' });
});

test('a body that such an operator holds stays out of sight', () => {
  const { graph } = buildModel({
    inputs: { x: ['float32', [1]] },
    nodes: [
      {
        op: 'toString',
        in: ['x'],
        out: ['y'],
        attrs: { body: subgraph({ outputs: { x: ['float32', [1]] } }) },
      },
    ],
    outputs: { y: ['float32', [1]] },
  });
  expect(visibleGraphs(graph)).toEqual([graph]);
});
