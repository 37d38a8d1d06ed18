import { expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { walkNodes } from '../../../src/core/ir/walk.ts';
import { readModel } from '../../../src/core/onnx/read.ts';
import { nameVariadicOutputs } from '../../../src/core/passes/name-variadic-outputs.ts';
import { buildModel, noiseTensor, subgraph } from '../../support/model-builder.ts';
import { type ProtoField, proto } from '../../support/protobuf.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';
import { bytesOf, runBytes } from '../../support/run-bytes.ts';

// Where one of these fails, onnxruntime ends the process.
const UNNAMED = [[['y', '']], [['', 'y']]];

test.each(UNNAMED)('a Split with an unnamed output runs: %j', async out => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [1, 2, 6, 6]] },
    initializers: { w: noiseTensor([2, 2, 3, 3], 7) },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
      { op: 'Split', name: 'halves', in: ['c'], out, attrs: { axis: 1 } },
    ],
    outputs: { y: ['float32', [1, 1, 4, 4]] },
  });
  const { artifact } = await quantizeGraph(model, { type: 'static-int8' });
  const split = artifact.graph.nodes.find(node => node.opType === 'Split');
  expect(split?.outputs.map(value => value?.name)).toEqual(
    out.map((name, index) => (name === '' ? `halves_${index}` : name)),
  );
});

test.each(UNNAMED)('inside the branches of an If: %j', async out => {
  const branch = () =>
    subgraph({
      nodes: [{ op: 'Split', in: ['c'], out, attrs: { axis: 1 } }],
      outputs: { y: ['float32'] },
    });
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [1, 2, 6, 6]], takes: ['bool', []] },
    initializers: { w: noiseTensor([2, 2, 3, 3], 7) },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
      { op: 'If', in: ['takes'], out: ['z'], attrs: { then_branch: branch(), else_branch: branch() } },
    ],
    outputs: { z: ['float32'] },
  });
  const { artifact } = await quantizeGraph(model, { type: 'dynamic-int8', convolutions: true });
  const splits = [...walkNodes(artifact.graph)].filter(({ node }) => node.opType === 'Split');
  expect(splits).toHaveLength(2);
  for (const { node } of splits) expect(node.outputs.every(value => value !== undefined)).toBe(true);
});

const node = (opType: string, inputs: string[], outputs: string[], ...attributes: Buffer[]) =>
  proto(
    ...inputs.map((name): ProtoField => [1, name]),
    ...outputs.map((name): ProtoField => [2, name]),
    [4, opType],
    ...attributes.map((each): ProtoField => [5, each]),
  );
const AXIS = proto([1, 'axis'], [3, 1n], [20, 2n]);
const branchOf = (name: string, inner: Buffer) =>
  proto(
    [1, name],
    [6, proto([1, inner], [2, name], [12, proto([1, 'b'], [2, proto([1, proto([1, 1n])])])])],
    [20, 5n],
  );

/** y = F(x, takes), where the nodes of F give `b`. */
function withFunction(...nodes: Buffer[]): Model {
  const model = buildModel({
    opset: 17,
    domains: { local: 1 },
    inputs: { x: ['float32', [1, 2, 6, 6]], takes: ['bool', []] },
    initializers: { w: noiseTensor([2, 2, 3, 3], 7) },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
      { op: 'F', domain: 'local', in: ['c', 'takes'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 1, 4, 4]] },
  });
  const body = proto(
    [1, 'F'],
    [4, 'a'],
    [4, 'k'],
    [5, 'b'],
    ...nodes.map((each): ProtoField => [7, each]),
    [9, proto([2, 17n])],
    [10, 'local'],
  );
  return readModel(Buffer.concat([bytesOf(model), proto([25, body])]));
}

const FUNCTIONS: Readonly<Record<string, () => Model>> = {
  'the first': () => withFunction(node('Split', ['a'], ['', 'b'], AXIS)),
  'the last, beside a name that looks like ours': () =>
    withFunction(node('Split', ['a'], ['unnamed_0', ''], AXIS), node('Identity', ['unnamed_0'], ['b'])),
  'in the branches of an If': () =>
    withFunction(
      node(
        'If',
        ['k'],
        ['b'],
        branchOf('then_branch', node('Split', ['a'], ['', 'b'], AXIS)),
        branchOf('else_branch', node('Split', ['a'], ['b', ''], AXIS)),
      ),
    ),
};

test.each(Object.entries(FUNCTIONS))('inside a local function: %s', async (_, make) => {
  const { bytes } = await quantizeGraph(make(), { type: 'dynamic-int8', convolutions: true });
  const feeds = {
    x: { dtype: 'float32', dims: [1, 2, 6, 6], data: new Float32Array(72).fill(1) },
    takes: { dtype: 'bool', dims: [], data: Uint8Array.of(0) },
  } as const;
  expect((await runBytes(bytes, feeds)).y?.dims).toEqual([1, 1, 4, 4]);
});

test('a function without such an output keeps its bytes', () => {
  const model = withFunction(node('Split', ['a'], ['b', 'rest'], AXIS));
  const before = bytesOf(model);
  expect(nameVariadicOutputs.run(model)).toEqual({ changed: 0 });
  expect(bytesOf(model)).toEqual(before);
});
