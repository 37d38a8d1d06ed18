import { expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { walkNodes } from '../../../src/core/ir/walk.ts';
import { padEveryAxis } from '../../../src/core/passes/pad-every-axis.ts';
import { buildModel, noise, noiseTensor, subgraph, tensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';
import { feed, runModel } from '../../support/run-model.ts';

const ints = (...values: number[]) => tensor('int64', [values.length], values);

const CONVOLUTIONS = {
  w: noiseTensor([4, 4, 3, 3]),
  v: noiseTensor([2, 7, 3, 3], 2),
  pads: ints(1, 0, 2, 3),
};

/** Pads the rows of axis -1 and -3 between two convolutions. */
function modelOf(opset: number, axes = ints(-1, 1), value = true): Model {
  return buildModel({
    opset,
    irVersion: 8,
    inputs: { x: ['float32', [1, 4, 8, 8]] },
    initializers: {
      ...CONVOLUTIONS,
      axes,
      ...(value && { half: tensor('float32', [], [0.5]) }),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['a'] },
      { op: 'Pad', in: ['a', 'pads', value ? 'half' : '', 'axes'], out: ['b'] },
      { op: 'Conv', in: ['b', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32'] },
  });
}

test.each([
  ['with a value', true, 3],
  ['without', false, 2],
])('the same numbers %s, and no axes', async (_, value, inputs) => {
  const model = modelOf(18, undefined, value);
  const pad = model.graph.nodes[1]!;
  pad.inputs[0]!.type = { kind: 'tensor', dtype: 'float32', dims: [1, 4, 6, 6] };
  const feeds = { x: feed([1, 4, 8, 8], noise(256, 3)) };
  const expected = (await runModel(model, feeds)).get('y');
  expect(padEveryAxis.run(model)).toEqual({ changed: 1 });
  expect(pad.inputs).toHaveLength(inputs);
  expect((await runModel(model, feeds)).get('y')).toEqual(expected);
});

test.each([[ints(4, 1)], [ints(1, -3)], [ints(1)]])('axes that are none are left to the runtime', axes => {
  const model = modelOf(18, axes);
  model.graph.nodes[1]!.inputs[0]!.type = { kind: 'tensor', dtype: 'float32', dims: [1, 4, 6, 6] };
  expect(padEveryAxis.run(model)).toEqual({ changed: 0 });
});

// onnxruntime permutes the pads as if there were no axes, and the optimised model fails when it runs.
test.each([18, 21, 24])('between integer convolutions, opset %i', async opset => {
  for (const format of ['qdq', 'qoperator']) {
    const { report } = await quantizeGraph(modelOf(opset), { type: 'static-int8', format });
    expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
  }
});

/** Both branches pad between two convolutions. @param claims dimensions that the file declares for what is padded */
function inBranches(claims?: readonly number[]): Model {
  const branch = (out: string) =>
    subgraph({
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: [`${out}_a`] },
        { op: 'Relu', in: [`${out}_a`], out: [`${out}_r`] },
        { op: 'Pad', in: [`${out}_r`, 'pads', '', 'axes'], out: [`${out}_p`] },
        { op: 'Conv', in: [`${out}_p`, 'v'], out: [out] },
      ],
      outputs: { [out]: ['float32'] },
    });
  const model = buildModel({
    opset: 18,
    irVersion: 8,
    inputs: { x: ['float32', [1, 4, 8, 8]] },
    initializers: {
      ...CONVOLUTIONS,
      axes: ints(-1, 1),
      zero: tensor('float32', [], [0]),
    },
    nodes: [
      { op: 'ReduceSum', in: ['x'], out: ['sum'], attrs: { keepdims: 0 } },
      { op: 'Greater', in: ['sum', 'zero'], out: ['positive'] },
      {
        op: 'If',
        in: ['positive'],
        out: ['y'],
        attrs: { then_branch: branch('yes'), else_branch: branch('no') },
      },
    ],
    outputs: { y: ['float32'] },
  });
  for (const { graph, node } of walkNodes(model.graph))
    if (claims && graph !== model.graph && node.opType === 'Relu')
      node.outputs[0]!.type = { kind: 'tensor', dtype: 'float32', dims: claims };
  return model;
}

test.each([
  ['that the file does not say', undefined],
  ['that the file says wrongly', [4, 6, 6]],
])('in branches, of a rank %s', async (_, claims) => {
  const { report } = await quantizeGraph(inBranches(claims), { type: 'static-int8' });
  expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
});
