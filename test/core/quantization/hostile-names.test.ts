/** Operator types are names of a file: those of Object's own properties are no entries of our tables. */
import { expect, test } from 'vitest';
import { Observers } from '../../../src/core/calibration/observers.ts';
import { visibleGraphs } from '../../../src/core/ir/lift.ts';
import { METHODS } from '../../../src/core/quantization/methods/index.ts';
import { buildModel, noiseTensor, subgraph } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';

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

test.each([{ type: 'static-int8' }, { type: 'float16' }, { type: 'convert' }])(
  'outputs of such names are computed, %o',
  async method => {
    const named = () =>
      buildModel({
        inputs: { valueOf: ['float32', [4, 16]] as const },
        initializers: { w: noiseTensor([16, 16]), v: noiseTensor([16, 16], 2) },
        nodes: [
          { op: 'MatMul', in: ['valueOf', 'w'], out: ['toString'] },
          { op: 'Tanh', in: ['toString'], out: ['__proto__'] },
          { op: 'MatMul', in: ['__proto__', 'v'], out: ['constructor'] },
        ],
        outputs: { constructor: ['float32', [4, 16]] as const, toString: ['float32', [4, 16]] as const },
      });
    const { report } = await quantizeGraph(named(), method);
    expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
  },
);

test('an output called __proto__ is refused by name', async () => {
  const model = buildModel({
    inputs: { x: ['float32', [4, 16]] },
    initializers: { w: noiseTensor([16, 16]) },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', [4, 16]] },
  });
  for (const value of model.graph.outputs) value.name = '__proto__';
  await expect(quantizeGraph(model, { type: 'dynamic-int8' })).rejects.toMatchObject({
    code: 'model_unsupported',
    place: { field: '__proto__' },
  });
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
