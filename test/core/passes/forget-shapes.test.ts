import { expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import type { Dim } from '../../../src/core/ir/value.ts';
import { walkGraphs } from '../../../src/core/ir/walk.ts';
import { forgetShapes } from '../../../src/core/passes/forget-shapes.ts';
import { buildModel, noise, noiseTensor, subgraph, tensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';
import { feed, runModel } from '../../support/run-model.ts';

/** A Loop that doubles its rows in every turn. @param claims shapes by name, as the file declares them */
function modelOf(claims: Readonly<Record<string, readonly Dim[]>>): Model {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [4, 16]] },
    initializers: {
      w: noiseTensor([16, 16]),
      v: noiseTensor([16, 16], 2),
      turns: tensor('int64', [], [3]),
      front: tensor('int64', [], [0]),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'Softmax', in: ['a'], out: ['b'] },
      { op: 'MatMul', in: ['b', 'w'], out: ['c'] },
      {
        op: 'Loop',
        in: ['turns', '', 'c'],
        out: ['l', 'steps'],
        attrs: {
          body: subgraph({
            inputs: { turn: ['int64', [1]], go: ['bool', [1]], s: ['float32'] },
            nodes: [
              { op: 'Identity', in: ['go'], out: ['on'] },
              { op: 'Concat', in: ['s', 's'], out: ['next'], attrs: { axis: 0 } },
              // Of a scalar it would be one: the turn is a vector as declared.
              { op: 'Gather', in: ['turn', 'front'], out: ['step'] },
            ],
            outputs: { on: ['bool'], next: ['float32'], step: ['int64'] },
          }),
        },
      },
      { op: 'MatMul', in: ['l', 'v'], out: ['d'] },
      { op: 'Softmax', in: ['d'], out: ['e'] },
      { op: 'MatMul', in: ['e', 'v'], out: ['f'] },
      { op: 'MatMul', in: ['f', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', ['rows', 16]], steps: ['int64'] },
  });
  for (const { nodes, inputs } of walkGraphs(model.graph))
    for (const value of [...inputs, ...nodes.flatMap(node => node.outputs)]) {
      const dims = value && claims[value.name];
      if (dims) value.type = { kind: 'tensor', dtype: 'float32', dims };
    }
  return model;
}

const FALSE = [4, 16];
const CLAIMS = { s: FALSE, next: FALSE, l: FALSE, d: FALSE, e: FALSE, a: FALSE };
const feeds = { x: feed([4, 16], noise(64)) };

test('onnxruntime fails by a false shape behind a Loop, and runs without it', async () => {
  const expected = (await runModel(modelOf({}), feeds)).get('y');
  expect(expected).toHaveLength(32 * 16);
  await expect(runModel(modelOf(CLAIMS), feeds)).rejects.toThrow('Shape mismatch');
  const model = modelOf(CLAIMS);
  expect(forgetShapes.run(model)).toEqual({ changed: 5 });
  expect((await runModel(model, feeds)).get('y')).toEqual(expected);
});

test('what stands in front, outputs, turn and condition keep their shapes', () => {
  const model = modelOf(CLAIMS);
  forgetShapes.run(model);
  const dims = Object.fromEntries(
    [...walkGraphs(model.graph)].flatMap(({ nodes, inputs }) =>
      [...inputs, ...nodes.flatMap(node => node.outputs)].map(value => [value?.name, value?.dims]),
    ),
  );
  expect(dims).toMatchObject({ x: [4, 16], a: [4, 16], y: ['rows', 16], turn: [1], go: [1] });
  expect([dims.s, dims.next, dims.l, dims.d, dims.e]).toEqual(Array(5).fill(undefined));
});

test.each(['static-int8', 'dynamic-int8', 'float16', 'weight-only-int8', 'convert'])(
  'a model with false shapes behind a Loop: %s',
  async type => {
    const { report, artifact } = await quantizeGraph(modelOf(CLAIMS), { type });
    expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
    const behind = new Set(['l', 'd', 'e', 'f', 'y_float16']);
    for (const value of artifact.graph.nodes.flatMap(node => node.outputs))
      if (value && behind.has(value.name)) expect(value.dims?.[0]).toBeUndefined();
  },
);

test('a false shape of an output stays, and the report says so', async () => {
  const told = async (rows: Dim) => {
    const model = modelOf(CLAIMS);
    model.graph.outputs[0]!.type = { kind: 'tensor', dtype: 'float32', dims: [rows, 16] };
    const { report, artifact } = await quantizeGraph(model, { type: 'float16' });
    expect(artifact.graph.outputs[0]!.dims).toEqual([rows, 16]);
    return report.warnings.filter(text => text.startsWith('The output "y"'));
  };
  expect(await told(4)).toEqual([expect.stringContaining('the shape [32, 16] in a run')]);
  expect(await told(32)).toEqual([]);
  expect(await told('rows')).toEqual([]);
});
