/** Scales are read from the artifact's QuantizeLinear nodes. */
import { expect, test } from 'vitest';
import { elements } from '../../../../src/core/tensor/tensor.ts';
import { buildModel, type ModelSpec, noise, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';
import { typedModel } from '../../../support/run-model.ts';

const f32 = (dims: number[], size = 1) =>
  tensor(
    'float32',
    dims,
    noise(dims.reduce((a, b) => a * b, 1)).map(x => size * x),
  );

/** Two branches, the first `size` times as large as the second; `others`: a convolution reads the second as well. */
function branches(size: number, others = false): ModelSpec {
  return {
    inputs: { x: ['float32', [1, 16, 8, 8]] },
    initializers: {
      a: f32([16, 16, 1, 1], size),
      b: f32([16, 16, 1, 1]),
      c: f32([16, 32, 1, 1]),
      d: f32([16, 16, 1, 1]),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'a'], out: ['large'] },
      { op: 'Conv', in: ['x', 'b'], out: ['small'] },
      { op: 'Concat', in: ['large', 'small'], out: ['both'], attrs: { axis: 1 } },
      { op: 'Conv', in: ['both', 'c'], out: ['y'] },
      ...(others ? [{ op: 'Conv', in: ['small', 'd'], out: ['z'] }] : []),
    ],
    outputs: { y: ['float32'], ...(others && { z: ['float32'] }) },
  };
}

async function scales(spec: ModelSpec): Promise<Readonly<Record<string, number>>> {
  const model = await typedModel(buildModel(spec));
  // All in 8 bits: the first convolutions are none of this test's business.
  const { artifact } = await quantizeGraph(model, { type: 'static-int8', preferInteger: true });
  return Object.fromEntries(
    artifact.graph.nodes
      .filter(({ opType }) => opType === 'QuantizeLinear')
      .map(({ inputs }) => [inputs[0]!.name, elements(inputs[1]!.initializer!, 'float32')[0]!]),
  );
}

test('what only a Concat reads lies on its grid', async () => {
  const { large, small, both } = await scales(branches(8));
  expect([large, small]).toEqual([both, both]);
});

test('what others read too keeps a grid that is much finer, and gives up one that is not', async () => {
  const far = await scales(branches(8, true));
  expect(far.large).toBe(far.both);
  expect(far.small).toBeLessThan(far.both! / 4);
  const near = await scales(branches(1.2, true));
  expect(near.small).toBe(near.both);
});

test('a Relu is still done by the quantizer of its output, in front of a Concat with negative elements', async () => {
  const spec = branches(4);
  const nodes = [
    ...spec.nodes!.slice(0, 2),
    { op: 'Relu', in: ['small'], out: ['rectified'] },
    { op: 'Concat', in: ['large', 'rectified'], out: ['both'], attrs: { axis: 1 } },
    spec.nodes![3]!,
  ];
  const found = await scales({ ...spec, nodes });
  expect(found.large).toBe(found.both);
  expect(Object.values(found).filter(scale => scale === found.both)).toHaveLength(2);
  const model = await typedModel(buildModel({ ...spec, nodes }));
  const { artifact } = await quantizeGraph(model, { type: 'static-int8', preferInteger: true });
  expect(artifact.graph.nodes.map(({ opType }) => opType)).not.toContain('Relu');
});
